"""A lock that the operating system releases when a process ends, however it ends."""

from __future__ import annotations

from io import FileIO


def lock(file: FileIO) -> bool:
    """Lock an open file; False when another process, or another opening of the file, holds it.

    Raises :class:`OSError` on a file system that has no locks.
    """
    try:
        import fcntl  # Unix only
    except ImportError:  # Windows: two jobs on one output are refused at the rename only
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

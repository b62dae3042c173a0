"""A lock that the operating system releases when a process ends, however it ends."""

from __future__ import annotations

import sys
from io import FileIO

if sys.platform != "win32":
    import fcntl


def lock(file: FileIO) -> bool:
    """Lock an open file; False when another process, or another opening of the file, holds it.

    Raises :class:`OSError` on a file system that has no locks.
    """
    if sys.platform == "win32":  # two jobs on one output are refused at the rename only
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""A lock that the operating system takes back when a process dies, however it dies."""

from __future__ import annotations

from typing import IO


def lock(file: IO[bytes]) -> bool:
    """Lock an open file for this process; False when another process has it."""
    try:
        import fcntl
    except ImportError:  # Windows, which refuses to rename a file that another process has open
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

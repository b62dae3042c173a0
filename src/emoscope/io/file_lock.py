"""Locks on files, which the operating system releases when their process ends, however it ends."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl

HAS_LOCKS = sys.platform != "win32"
"""Whether :func:`lock_file` can tell that another process holds a file."""


def lock_file(file: io.FileIO | IO[bytes], *, wait: bool = False) -> bool:
    """Lock an open file until it is closed, or its process ends.

    False when another process, or another opening of the file, holds it; with ``wait`` that is
    waited for. Raises :class:`OSError` on a file system that has no locks. Windows has none here.
    """
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Within this, no other process is within the same; creates an empty file ``path``.

    On a file system without locks nobody waits.
    """
    with path.open("ab") as file:
        with contextlib.suppress(OSError):
            lock_file(file, wait=True)
        yield

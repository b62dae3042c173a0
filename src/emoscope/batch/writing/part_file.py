"""The bytes of an unfinished output."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

_PIECE = 1 << 20


class PartFile:
    """A file that only grows, with a running checksum, from ``size`` bytes of what is there on."""

    def __init__(self, path: Path, size: int = 0, crc32: int = 0) -> None:
        self.path = path
        self.size = size
        self.crc32 = crc32
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._file.truncate(size)  # what lies behind was never committed
        self._file.seek(size)

    def append(self, data: bytes) -> None:
        """Write ``data`` behind what is there."""
        self._file.write(data)
        self.size += len(data)
        self.crc32 = zlib.crc32(data, self.crc32)

    def sync(self) -> None:
        """Return when everything is on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def begins_with(path: Path, size: int, crc32: int) -> bool:
    """Whether the first ``size`` bytes of a file are there and have this checksum."""
    found = 0
    with path.open("rb") as file:
        while size and (piece := file.read(min(size, _PIECE))):
            found = zlib.crc32(piece, found)
            size -= len(piece)
    return size == 0 and found == crc32


def sync_file(path: Path) -> None:
    """Return when a closed file is on the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make new, renamed and removed names in ``folder`` survive a power cut."""
    if os.name == "nt":  # no such thing there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

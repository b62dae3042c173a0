"""The bytes of an unfinished output."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

_PIECE = 1 << 20


class PartFile:
    """A file that only grows, with a running checksum.

    It keeps the first ``size`` bytes of what is on the disk, whose checksum is ``crc32``; bytes
    behind them were never committed and are cut off. Unbuffered: after a failed write nothing is
    left in memory that closing would try to write again.
    """

    def __init__(self, path: Path, size: int = 0, crc32: int = 0) -> None:
        self.path = path
        self.size = size
        self.crc32 = crc32
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._file.truncate(size)

    @property
    def closed(self) -> bool:
        """Whether nothing can be appended any more."""
        return self._file.closed

    def append(self, data: bytes) -> None:
        """Write ``data`` behind what is there."""
        self._file.seek(self.size)
        write_all(self._file.fileno(), data)
        self.size += len(data)
        self.crc32 = zlib.crc32(data, self.crc32)

    def sync(self) -> None:
        """Return when everything is on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def write_all(handle: int, data: bytes) -> None:
    """Write every byte; a single call may write fewer, as on a disk that is nearly full."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def checksum(path: Path, size: int | None = None) -> tuple[int, int]:
    """Bytes and CRC-32 of a file, or of its first ``size`` bytes; fewer if it is shorter."""
    found, length = 0, 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE if size is None else min(_PIECE, size - length)):
            found = zlib.crc32(piece, found)
            length += len(piece)
    return length, found

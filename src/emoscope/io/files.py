"""Files on disk: whether they exist, open and stay as they are, and their checksums."""

from __future__ import annotations

import hashlib
from pathlib import Path

from emoscope.errors import DataNotFound, UnreadableFile, nearest

_PIECE = 1 << 20

Stamp = tuple[int, int, int]


def missing(path: Path) -> DataNotFound:
    """The error for a file or folder that does not exist, naming the nearest name beside it."""
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    return DataNotFound(
        f"There is no file or folder {path}. {nearest(path.name, beside)}"
        "Check the spelling, and that the path starts where you think it does."
    )


def unopened(path: Path, error: OSError) -> DataNotFound | UnreadableFile:
    """The error for a file that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return missing(path)
    if isinstance(error, IsADirectoryError):
        return UnreadableFile(f"{path} is a folder, not a file. Name a file inside it.")
    return UnreadableFile(
        f"{path} cannot be opened: {error.strerror or error}. Check that you may read it."
    )


def file_checksum(path: Path) -> str:
    """SHA-256 of the bytes on disk, compressed files as they are."""
    try:
        return sha256_of(path)
    except OSError as error:
        raise unopened(path, error) from None


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, read in pieces of 1 MiB; raises :class:`OSError`."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def file_stamp(path: Path) -> Stamp | None:
    """Size, time of change and inode of a file, by which a change is seen; None without a file."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ino

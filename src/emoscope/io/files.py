"""Files on disk: whether they are there, whether they can be opened, their checksums."""

from __future__ import annotations

import hashlib
from pathlib import Path

from emoscope.errors import DataNotFound, UnreadableFile, nearest

_PIECE = 1 << 20


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
    sha256 = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                sha256.update(piece)
    except OSError as error:
        raise unopened(path, error) from None
    return sha256.hexdigest()

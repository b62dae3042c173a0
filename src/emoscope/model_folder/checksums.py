"""The files of a model folder: where they lie, their checksums, and nothing beside them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from emoscope.errors import ModelFolderError
from emoscope.io.files import sha256_of
from emoscope.model_folder.file_names import is_part_of_model, most_bytes


def checksums_of(folder: Path) -> dict[str, str]:
    """Relative path -> SHA-256 of every file in ``folder`` that is part of the model."""
    return {name: sha256_of(folder / name) for name in sorted(_names_in(folder))}


def listed_file(folder: Path, files: Mapping[str, str], name: str) -> Path:
    """The path of ``name``; raises :class:`ModelFolderError` where ``files`` does not list it."""
    if name not in files:
        raise ModelFolderError(
            f"The model folder {str(folder)!r} lacks the file {name}: its manifest does not list "
            "it. Copy the whole folder again, or train the model again."
        )
    return folder / name


def verify_files(folder: Path, files: Mapping[str, str]) -> None:
    """Compare every file of a model folder with its checksum.

    Paths, types and sizes of all files are checked before the first is hashed. Raises
    :class:`ModelFolderError` naming the first file that is missing, altered, too large, no regular
    file, outside the folder, or not listed in ``files``.
    """
    paths = {name: _checked_path(folder, name) for name in files}
    for name in _names_in(folder):
        if name not in files and not name.endswith(".md"):
            raise ModelFolderError(
                f"The model folder {str(folder)!r} holds the file {name!r}, which its manifest "
                "does not list. Remove that file, or copy the folder again."
            )
    for name, path in paths.items():
        if sha256_of(path) != files[name]:
            raise ModelFolderError(
                f"The file {name} in model folder {str(folder)!r} is not the one that was saved "
                "(its SHA-256 differs). Copy the folder again, or train the model again."
            )


def is_inside(name: str) -> bool:
    """Whether a relative path, as a manifest names it, stays in its folder on every system."""
    path = PurePosixPath(name)
    return (
        path.parts != ()
        and path.as_posix() == name
        and name.isprintable()  # lone surrogates and control characters are not
        and not path.is_absolute()
        and ".." not in path.parts
        and not set(name) & set('\\:*?"<>|')
    )


def _checked_path(folder: Path, name: str) -> Path:
    path = folder / name
    try:
        status = path.stat()
        real, root = path.resolve(), folder.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        raise ModelFolderError(
            f"The model folder {str(folder)!r} lacks the file {name}. "
            "Copy the whole folder again, or train the model again."
        ) from error
    if not any(real.is_relative_to(allowed) for allowed in (root, *_hub_blobs(root))):
        raise ModelFolderError(
            f"The file {name} in model folder {str(folder)!r} is a link that leads out of the "
            "folder. Copy the folder with the files themselves."
        )
    if not stat.S_ISREG(status.st_mode):
        raise ModelFolderError(
            f"{name} in model folder {str(folder)!r} is not a regular file. Copy the folder again."
        )
    if status.st_size > most_bytes(name):
        raise ModelFolderError(
            f"The file {name} in model folder {str(folder)!r} has {status.st_size:,} bytes; such a "
            f"file may have {most_bytes(name):,}. Copy the folder again."
        )
    return path


def _hub_blobs(root: Path) -> list[Path]:
    """The hub's cache keeps contents in ``blobs`` and links to them from ``snapshots/REVISION``."""
    return [root.parents[1] / "blobs"] if root.parent.name == "snapshots" else []


def _names_in(folder: Path) -> Iterator[str]:
    """Relative paths of the files in ``folder`` that are part of the model."""
    for place, folders, names in os.walk(folder):
        here = Path(place).relative_to(folder)
        folders[:] = [name for name in folders if is_part_of_model(name)]
        for name in names:
            relative = (here / name).as_posix()
            if is_part_of_model(relative):
                yield relative

"""Folders that a command writes files of fixed names into: only its own are replaced.

What emoscope has written into a folder is recorded there, one name a line. Files of the same names
that the record does not list are the user's, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emoscope.errors import DataError

RECORD = ".emoscope-outputs"


def check_outputs(folder: Path, names: Sequence[str]) -> None:
    """Raise :class:`DataError` where a file of the user's has one of the ``names`` in ``folder``.

    A name may be that of a folder; an empty one is free.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file, not a folder. Name a folder for the output.")
    known = _recorded(folder)
    for name in names:
        path = folder / name
        taken = any(path.iterdir()) if path.is_dir() else path.exists() or path.is_symlink()
        if taken and name not in known:
            raise DataError(
                f"{path} exists already, and emoscope did not write it. Choose another folder for "
                "the output (--out), or move that away."
            )


def own_outputs(folder: Path, names: Sequence[str]) -> None:
    """Create ``folder`` and record that ``names`` in it are written by emoscope, before they are.

    Raises :class:`DataError` as :func:`check_outputs` does, and when the folder cannot be written.
    """
    check_outputs(folder, names)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = dict.fromkeys((*_recorded(folder), *names))
        (folder / RECORD).write_text("".join(f"{name}\n" for name in known), encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"Nothing can be written into {folder}: {error.strerror or error}. Choose another "
            "folder for the output (--out)."
        ) from error


def _recorded(folder: Path) -> list[str]:
    try:
        return (folder / RECORD).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []

"""Files that appear complete or not at all, and that replace nothing unless asked to."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from emoscope.errors import DataError


@contextlib.contextmanager
def atomic_file(path: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Give a new empty file in the folder of ``path``; afterwards it becomes ``path``.

    Its name is chosen by the operating system such that no other file has it. It is removed when
    the block raises. Raises :class:`FileExistsError` when ``path`` exists and ``overwrite`` is off.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".emoscope-", suffix=".tmp")
    os.close(handle)
    staged = Path(name)
    try:
        yield staged
        _default_mode(staged)
        sync_file(staged)
        publish(staged, path, overwrite=overwrite)
    finally:
        staged.unlink(missing_ok=True)


def publish(file: Path, name: Path, *, overwrite: bool) -> None:
    """Rename ``file`` to ``name`` in the same folder or file system, and survive a power cut.

    Raises :class:`FileExistsError` when ``name`` exists and ``overwrite`` is off.
    """
    if overwrite:
        file.replace(name)
    else:
        try:
            os.link(file, name)  # a rename would replace what another program has just written
        except FileExistsError:
            raise
        except OSError as error:  # a file system without hard links
            if name.exists():
                raise FileExistsError(str(name)) from error
            file.rename(name)
        else:
            file.unlink()
    sync_folder(name.parent)


def check_output(output: Path, inputs: Sequence[Path], *, overwrite: bool) -> Path:
    """The file that ``output`` names, symbolic links followed, before any work is done.

    Raises :class:`DataError` when it cannot be a new file: no such folder, a folder, a pipe or
    device, one of the ``inputs`` under any name, or a file that exists while ``overwrite`` is off.
    """
    try:
        path = output.resolve()
        if path.is_dir():
            raise DataError(f"{output} is a folder. Give the name of a file to write.")
        if output.exists() and not output.is_file():  # not the resolved one: /dev/fd/63 has none
            raise DataError(
                f"{output} is a pipe or a device, not a file. Leave -o out and redirect standard "
                f"output instead: > {output}"
            )
        if not path.parent.is_dir():
            raise DataError(
                f"There is no folder {path.parent} to write {path.name} to. Create it first."
            )
        for each in inputs:
            same = path.exists() and each.exists() and path.samefile(each)
            if same or each.resolve() == path:
                raise DataError(
                    f"{output} is an input as well. Choose another name for the output."
                )
    except (OSError, RuntimeError) as error:  # links in a circle, a name that is too long
        raise DataError(f"{output} cannot be written: {error}. Choose another name.") from error
    if path.exists() and not overwrite:
        raise exists_already(output)
    return path


def exists_already(output: Path) -> DataError:
    """The error for an output that would replace a file."""
    return DataError(
        f"{output} exists already. Choose another name, or replace it with --overwrite."
    )


def sync_file(path: Path) -> None:
    """Return when the bytes of a closed file are on the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make new, renamed and removed names in ``folder`` survive a power cut."""
    if os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _default_mode(path: Path) -> None:
    """The permissions of an ordinary new file; a temporary file is readable by its owner only."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)

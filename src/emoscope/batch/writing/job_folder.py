"""The hidden folder beside an output that holds its unfinished job: journal, part, joined file.

A folder of its own keeps a job's files from ever having the name of a file of the user's. What is
in it and is not a job's is never touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from emoscope.batch.writing.journal import Journal
from emoscope.errors import DataError
from emoscope.io.atomic_files import sync_folder

_LONGEST_NAME = 255
"""Bytes that file systems allow."""


class JobFolder:
    """Paths of one output's job. ``output`` has its symbolic links followed."""

    def __init__(self, output: Path) -> None:
        name = f".{output.name}.emoscope"
        if len(os.fsencode(name)) > _LONGEST_NAME:
            name = f".{hashlib.sha256(os.fsencode(output.name)).hexdigest()}.emoscope"
        self.path = output.with_name(name)
        self.journal = self.path / "journal"
        self.part = self.path / "part"
        """The encoded chunks so far."""
        self.joined = self.path / "joined"
        """The whole output, of formats that are joined from their encoded chunks."""

    def exists(self) -> bool:
        """Whether something is there."""
        return os.path.lexists(self.path)

    def open_journal(self) -> Journal:
        """Create the folder if need be and lock its journal: one job at a time on an output.

        Raises :class:`DataError` when another job has it, and when what is there is not a job's.
        """
        while True:
            self._refuse_foreign()
            self.path.mkdir(exist_ok=True)
            try:
                journal = Journal(self.journal)
            except FileNotFoundError:  # removed by another job that has just finished
                continue
            except OSError:  # a full disk
                with contextlib.suppress(OSError):
                    self.path.rmdir()
                raise
            sync_folder(self.path.parent)
            return journal

    def remove(self, journal: Journal) -> None:
        """Remove the job's files, and release the lock of ``journal`` last."""
        self.part.unlink(missing_ok=True)
        self.joined.unlink(missing_ok=True)
        journal.remove()
        with contextlib.suppress(OSError):  # another job has taken the folder over already
            self.path.rmdir()

    def _refuse_foreign(self) -> None:
        if not self.exists():
            return
        strange = [self.path]
        if self.path.is_dir() and not self.path.is_symlink():
            ours = [self.journal, self.part, self.joined]
            with contextlib.suppress(FileNotFoundError):  # removed by another job
                found = list(self.path.iterdir())
                strange = [each for each in found if self.journal not in found or each not in ours]
        if not strange:
            return
        raise DataError(
            f"{strange[0]} is in the way: emoscope keeps unfinished work under this name, and "
            "did not write that. Move it elsewhere."
        )

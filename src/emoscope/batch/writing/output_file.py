"""An output file that is complete or not there, and that a killed run can go on with.

While a run works, its bytes are in ``NAME.part`` and its state in ``NAME.journal``. The order of
events, each on the disk (fsync) before the next begins:

1. the bytes of some chunks, then the commit that speaks of them, again and again;
2. the last commit, which says that all rows are there;
3. for formats that have to be joined, the whole output in ``NAME.joined``;
4. the new name, ``NAME``;
5. the journal is removed.

Killed before 2, a run goes on behind its last commit. Killed after 2, it repeats what follows.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from emoscope.batch.counts import Tally
from emoscope.batch.job_identity import difference
from emoscope.batch.writing.encoders import Finisher
from emoscope.batch.writing.journal import Commit, Journal
from emoscope.batch.writing.part_file import PartFile, begins_with, sync_file, sync_folder
from emoscope.errors import DataError
from emoscope.io.chunks import Cursor

COMMIT_SECONDS = 1.0
"""How much work a killed run loses at most, beside the chunk in hand."""


class OutputFile:
    """The target for a file; see :func:`open_output`."""

    def __init__(
        self,
        output: Path,
        finisher: Finisher | None,
        journal: Journal | None,
        part: PartFile | None,
        resumed: Commit | None,
    ) -> None:
        self.resumed = resumed
        self._output = output
        self._finisher = finisher
        self._journal = journal
        self._part = part
        self._state = (resumed.after, resumed.tally) if resumed else (Cursor(), Tally())
        self._saved_at = time.monotonic()

    def append(self, data: bytes, after: Cursor, tally: Tally) -> None:
        """Write behind what is there, and commit about once a second."""
        part = self._open_part()
        with disk_errors(self._output):
            part.append(data)
            self._state = after, tally
            if time.monotonic() - self._saved_at >= COMMIT_SECONDS:
                self._commit(part)

    def finish(self) -> None:
        """Give the output its name and remove the journal."""
        with disk_errors(self._output):
            if self._part is not None:
                self._commit(self._part, complete=True)
                self._part.close()
                self._name(self._part.path)
                self._part = None
            if self._journal is not None:
                self._journal.remove()
                self._journal = None
            sync_folder(self._output.parent)

    def close(self) -> None:
        """Commit what is there and close; after :meth:`finish` there is nothing to do."""
        with contextlib.suppress(OSError):  # of a full disk: then the commit before this one stands
            if self._part is not None:
                self._commit(self._part)
                self._part.close()
        if self._journal is not None:
            self._journal.close()

    def _open_part(self) -> PartFile:
        if self._part is None:
            raise ValueError("this output is finished; rows cannot be added to it")
        return self._part

    def _commit(self, part: PartFile, *, complete: bool = False) -> None:
        part.sync()
        if self._journal is not None:
            after, tally = self._state
            self._journal.commit(Commit(part.size, part.crc32, after, tally, complete))
        self._saved_at = time.monotonic()

    def _name(self, part: Path) -> None:
        if self._finisher is None:
            part.replace(self._output)
            sync_folder(self._output.parent)
            return
        joined = _beside(self._output, "joined")
        self._finisher(part, joined)
        sync_file(joined)
        joined.replace(self._output)
        sync_folder(self._output.parent)
        part.unlink()


def open_output(
    output: Path,
    run: Mapping[str, Any] | None,
    *,
    finisher: Finisher | None = None,
    overwrite: bool = False,
    restart: bool = False,
) -> OutputFile:
    """Begin an output file, or go on with it.

    ``run`` says what is being done (:mod:`emoscope.batch.job_identity`); None, as with input that
    cannot be read again, keeps no journal. ``restart`` forgets an interrupted run, ``overwrite``
    allows to replace a finished output.

    Raises :class:`DataError` when the output is there already, when another process is writing it,
    and when an interrupted run was not the same as this one.
    """
    part = _beside(output, "part")
    with disk_errors(output):
        if run is None:
            _refuse_existing(output, overwrite)
            return OutputFile(output, finisher, None, PartFile(part), None)
        journal = Journal(_beside(output, "journal"))
        try:
            earlier = None if restart else _earlier(journal, run, part, output)
            if earlier is None or not earlier.complete:
                _refuse_existing(output, overwrite)
            if earlier is None:
                journal.begin(run)
                return OutputFile(output, finisher, journal, PartFile(part), None)
            # Without a part, the output has its name already and only the journal is left.
            rest = PartFile(part, earlier.size, earlier.crc32) if part.exists() else None
            return OutputFile(output, finisher, journal, rest, earlier)
        except BaseException:
            journal.close()
            raise


def check_place(output: Path, inputs: Sequence[Path], *, overwrite: bool) -> None:
    """Raise :class:`DataError` for an ``output`` that cannot be written, before work is done."""
    if not output.parent.is_dir():
        raise DataError(f"There is no folder {output.parent} to write {output.name} to. Make it.")
    if output.is_dir():
        raise DataError(f"{output} is a folder. Give the name of a file to write.")
    if any(path.exists() and output.exists() and path.samefile(output) for path in inputs):
        raise DataError(f"{output} is an input as well. Choose another name for the output.")
    if not _beside(output, "journal").exists():
        _refuse_existing(output, overwrite)


def _refuse_existing(output: Path, overwrite: bool) -> None:
    if output.exists() and not overwrite:
        raise DataError(
            f"{output} is there already. Choose another name, or replace it with --overwrite."
        )


def _earlier(journal: Journal, run: Mapping[str, Any], part: Path, output: Path) -> Commit | None:
    """The state to go on from; None when there is none."""
    commit = journal.last
    if journal.run is None or commit is None or not (commit.tally.rows or commit.complete):
        return None
    changed = difference(journal.run, run)
    if changed is not None:
        raise DataError(
            f"An interrupted run has written {commit.tally.rows:,} rows for {output}, but "
            f"{changed}. Undo that and run the same command again to go on, or give --restart to "
            "begin anew."
        )
    if part.exists() and begins_with(part, commit.size, commit.crc32):
        return commit
    if commit.complete and not part.exists() and output.exists():
        return commit
    raise DataError(
        f"An interrupted run has written {commit.tally.rows:,} rows for {output}, but {part} is "
        "not as it was left. Give --restart to begin anew."
    )


@contextlib.contextmanager
def disk_errors(output: Path) -> Iterator[None]:
    """Turn errors of the disk into :class:`DataError` with the next step."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"Writing {output} failed: {error.strerror or error}. Mend that and run the same "
            "command again: it goes on where it stopped."
        ) from error


def _beside(output: Path, suffix: str) -> Path:
    return output.with_name(f"{output.name}.{suffix}")

"""An output file that is complete or not there, and that a killed job can resume.

While a job works, its bytes and its state are in a hidden folder beside the output
(:mod:`emoscope.batch.writing.job_folder`). The order of events, each on the disk (fsync) before the
next begins:

1. the bytes of some chunks, then the commit that speaks of them, again and again;
2. the last commit; for formats that have to be joined, the whole output in ``joined``;
3. the record that the output is finished, with its checksum;
4. the new name;
5. the folder is removed.

Killed before 3, a job resumes behind its last commit. Killed after 3, it repeats what follows, if
the output does not already have its name and the recorded bytes.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from emoscope.batch.counts import RowCounts
from emoscope.batch.job_identity import difference
from emoscope.batch.writing.encoders import Finisher
from emoscope.batch.writing.job_folder import JobFolder
from emoscope.batch.writing.journal import Commit, Journal
from emoscope.batch.writing.part_file import PartFile, checksum
from emoscope.errors import DataError
from emoscope.io.atomic_files import exists_already, publish, sync_file
from emoscope.io.chunks import Cursor

COMMIT_SECONDS = 1.0
"""How much work a killed job loses at most, beside the chunk in hand."""


class OutputFile:
    """The target for a file; see :func:`open_output`."""

    def __init__(
        self,
        output: Path,
        folder: JobFolder,
        journal: Journal,
        part: PartFile | None,
        *,
        finisher: Finisher | None,
        overwrite: bool,
    ) -> None:
        """``part`` is None when the output has its name already."""
        self.resumed = journal.last
        self._output = output
        self._folder = folder
        self._journal = journal
        self._part = part
        self._finisher = finisher
        self._overwrite = overwrite
        last = journal.last
        self._state = (last.after, last.counts) if last else (Cursor(), RowCounts())
        self._saved_at = time.monotonic()

    def append(self, data: bytes, after: Cursor, counts: RowCounts) -> None:
        """Write behind what is there, and commit about once a second."""
        if self._part is None:
            raise ValueError("this output is finished; rows cannot be added to it")
        with disk_errors(self._output):
            self._part.append(data)
            self._state = after, counts
            if time.monotonic() - self._saved_at >= COMMIT_SECONDS:
                self._commit(self._part)

    def finish(self) -> None:
        """Give the output its name and remove the job's folder."""
        with disk_errors(self._output):
            if self._part is not None:
                self._commit(self._part)
                self._part.close()
                self._publish(self._part)
                self._part = None
            self._folder.remove(self._journal)

    def close(self) -> None:
        """Commit what is there and close; after :meth:`finish` there is nothing to do."""
        part = self._part
        if part is None:
            self._journal.close()
            return
        with contextlib.suppress(OSError):  # of a full disk: then the commit before this one stands
            if not part.closed and self._state[1].rows:
                self._commit(part)
        part.close()
        if self._journal.last is None:  # no row was written: there is nothing to resume
            with contextlib.suppress(OSError):
                self._folder.remove(self._journal)
        self._journal.close()

    def _commit(self, part: PartFile) -> None:
        part.sync()
        self._journal.commit(Commit(part.size, part.crc32, *self._state))
        self._saved_at = time.monotonic()

    def _publish(self, part: PartFile) -> None:
        ready, size, crc32 = part.path, part.size, part.crc32
        if self._finisher is not None:
            ready = self._folder.joined
            self._finisher(part.path, ready)
            sync_file(ready)
            size, crc32 = checksum(ready)
        self._journal.finished(size, crc32)
        try:
            publish(ready, self._output, overwrite=self._overwrite)
        except FileExistsError as error:
            raise DataError(
                f"{self._output} has been created by another program in the meantime. The rows are "
                "kept: move that file away and run the same command again, or add --overwrite."
            ) from error


def open_output(
    output: Path,
    job: Mapping[str, Any],
    *,
    finisher: Finisher | None = None,
    count_rows: Callable[[Path], int] | None = None,
    overwrite: bool = False,
    restart: bool = False,
) -> OutputFile:
    """Begin an output file, or resume it.

    ``job`` is from :mod:`emoscope.batch.job_identity`; ``count_rows`` counts the rows in a part
    file. ``restart`` discards an interrupted job, ``overwrite`` replaces a finished output.

    Raises :class:`DataError` when the output exists, when another process is writing it, and when
    an interrupted job was not the same as this one or has been altered.
    """
    output = output.resolve()
    folder = JobFolder(output)
    with disk_errors(output):
        journal = folder.open_journal()
        part: PartFile | None = None
        try:
            if not restart and _resumable(journal, job, output):
                if not _has_its_name(journal, output):
                    if output.exists() and not overwrite:
                        raise exists_already(output)
                    part = _resume(journal, folder.part, output, count_rows)
            else:
                if output.exists() and not overwrite:
                    raise exists_already(output)
                part = PartFile(folder.part)
                journal.begin(job)
            return OutputFile(output, folder, journal, part, finisher=finisher, overwrite=overwrite)
        except BaseException:
            if part is not None:
                part.close()
            if journal.last is None and journal.problem is None and _is_empty(folder.part):
                folder.remove(journal)
            journal.close()
            raise


def _resumable(journal: Journal, job: Mapping[str, Any], output: Path) -> bool:
    """Whether there are rows to resume; raises :class:`DataError` if not by this job."""
    part = JobFolder(output).part
    if journal.problem is not None:
        raise DataError(
            f"An unfinished job on {output} cannot be resumed: its journal {journal.path} "
            f"{journal.problem}. Resume it with the emoscope that began it, or discard its rows "
            "with --restart."
        )
    if journal.last is None or journal.job is None:
        if journal.job is None and not _is_empty(part):
            raise DataError(
                f"An unfinished job on {output} cannot be resumed: its journal {journal.path} has "
                f"lost its first lines. The rows are in {part}; discard them with --restart."
            )
        return False
    rows = journal.last.counts.rows
    if not rows:
        return False
    changed = difference(journal.job, job)
    if changed is not None:
        raise DataError(
            f"An interrupted job has written {rows:,} rows for {output}, but {changed}. Undo that "
            "and run the same command again to resume, or discard those rows with --restart."
        )
    return True


def _has_its_name(journal: Journal, output: Path) -> bool:
    """Whether a job died between giving the output its name and removing its folder."""
    return journal.output is not None and output.exists() and checksum(output) == journal.output


def _resume(
    journal: Journal, path: Path, output: Path, count_rows: Callable[[Path], int] | None
) -> PartFile:
    """The part of an interrupted job; raises :class:`DataError` when it is not as it was left."""
    commit = journal.last
    if commit is None:
        raise ValueError("nothing was committed")
    size_and_sum = commit.size, commit.crc32
    if path.exists() and checksum(path, commit.size) == size_and_sum:
        part = PartFile(path, *size_and_sum)
        if count_rows is None or count_rows(path) == commit.counts.rows:
            return part
        part.close()
    raise DataError(
        f"An interrupted job has written {commit.counts.rows:,} rows for {output}, but {path} is "
        "not as it was left. Discard it and begin again with --restart."
    )


def _is_empty(path: Path) -> bool:
    return not path.exists() or not path.stat().st_size


@contextlib.contextmanager
def disk_errors(output: Path) -> Iterator[None]:
    """Turn errors of the disk into :class:`DataError` with the next step."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"Writing {output} failed: {error.strerror or error}. Correct that and run the same "
            "command again: rows that are saved already are kept."
        ) from error

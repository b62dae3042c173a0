"""Standard output as the target of a job, with the methods of an output file."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from emoscope.batch.counts import RowCounts
from emoscope.batch.writing.journal import Commit
from emoscope.errors import DataError
from emoscope.io.chunks import Cursor


class StandardOutput:
    """A pipe or a terminal. Nothing there can be resumed later."""

    resumed: Commit | None = None

    def __init__(self, stream: IO[bytes] | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout.buffer

    def refuse_as_input(self, inputs: Sequence[Path]) -> None:
        """Raise :class:`DataError` when it is one of the input files, or standard input's file.

        ``inputs`` is empty for standard input. Appended to its own input, a job would not end.
        """
        try:
            output = os.fstat(self._stream.fileno())
            sources = [path.stat() for path in inputs] or [os.fstat(sys.stdin.fileno())]
        except (OSError, ValueError, AttributeError):  # no file of the operating system's
            return
        if stat.S_ISREG(output.st_mode) and any(os.path.samestat(output, s) for s in sources):
            raise DataError("Standard output is the input file as well. Write to another file.")

    def append(self, data: bytes, after: Cursor, counts: RowCounts) -> None:
        """Write at once: a program at the other end may be waiting."""
        self._stream.write(data)
        self._stream.flush()

    def finish(self) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Standard output stays open."""

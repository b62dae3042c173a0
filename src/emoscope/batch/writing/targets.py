"""Where the output goes: the port, and standard output."""

from __future__ import annotations

import sys
from typing import IO, Protocol

from emoscope.batch.counts import Tally
from emoscope.batch.writing.journal import Commit
from emoscope.io.chunks import Cursor


class Target(Protocol):
    """Takes encoded chunks in order."""

    @property
    def resumed(self) -> Commit | None:
        """What an interrupted run has left behind."""

    def append(self, data: bytes, after: Cursor, tally: Tally) -> None:
        """Take the bytes of a chunk; ``after`` and ``tally`` are the state behind it."""

    def finish(self) -> None:
        """Say that all chunks have come."""

    def close(self) -> None:
        """Let go; what is unfinished is kept where the target can."""


class StandardOutput:
    """A pipe or a terminal. Nothing there can be continued later."""

    resumed: Commit | None = None

    def __init__(self, stream: IO[bytes] | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout.buffer

    def append(self, data: bytes, after: Cursor, tally: Tally) -> None:
        """Write at once: somebody may be waiting at the other end."""
        self._stream.write(data)
        self._stream.flush()

    def finish(self) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Standard output stays open."""

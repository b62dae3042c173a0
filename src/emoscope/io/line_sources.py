"""Where lines come from: files and standard input, gzip undone, from any place on."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from emoscope.io.chunks import Cursor
from emoscope.io.files import unopened
from emoscope.io.formats import STANDARD_INPUT
from emoscope.io.gzip_files import BROKEN_GZIP, BUFFER, broken_gzip, unzipped
from emoscope.io.lines import Lines


class LineSource(Protocol):
    """One input that consists of lines."""

    @property
    def name(self) -> str:
        """For messages."""

    def lines(self, start: Cursor) -> Lines:
        """The lines from ``start`` on. The caller leaves them."""


class FileSource:
    """A file on disk, gzip or not: its first bytes tell, whatever its name says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    def lines(self, start: Cursor) -> Lines:
        """Open the file and go to ``start``; a gzip file is decompressed up to there.

        Raises :class:`DataNotFound` or :class:`UnreadableFile` when it cannot be opened.
        """
        try:
            raw = self.path.open("rb", buffering=0)
        except OSError as error:
            raise unopened(self.path, error) from None
        size = os.fstat(raw.fileno()).st_size or 1
        stream = unzipped(io.BufferedReader(raw, BUFFER))
        try:
            stream.seek(start.offset)
            return Lines(
                stream,
                self.name,
                start.offset,
                start.line,
                share=lambda: min(1.0, raw.tell() / size),  # below all buffers: bytes of the disk
            )
        except BROKEN_GZIP as error:
            raise broken_gzip(self.name, error) from None


class StandardInput:
    """Standard input: its lines can be had once, so they are always those that are left."""

    def __init__(self, stream: BinaryIO | None = None) -> None:
        self.name = "standard input"
        buffered = cast("io.BufferedReader", stream if stream is not None else sys.stdin.buffer)
        try:
            self._lines = Lines(unzipped(buffered), self.name, 0, 0, borrowed=True)
        except BROKEN_GZIP as error:
            raise broken_gzip(self.name, error) from None

    def lines(self, start: Cursor) -> Lines:
        """What has not been read yet; that begins at ``start`` anyway."""
        return self._lines


def line_source(path: Path) -> LineSource:
    """The source for ``path``, where ``-`` is standard input."""
    return StandardInput() if str(path) == STANDARD_INPUT else FileSource(path)

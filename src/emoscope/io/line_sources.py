"""Where lines come from: files and standard input, gzip undone."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import BinaryIO, cast

from emoscope.io.files import unopened
from emoscope.io.formats import STANDARD_INPUT
from emoscope.io.gzip_files import BROKEN_GZIP, BUFFER, broken_gzip, unzipped
from emoscope.io.lines import Lines
from emoscope.io.remote_files import InputFile


class LineSource:
    """A file, or standard input for ``-``; gzip or not: the first bytes tell, whatever the name."""

    def __init__(self, path: InputFile, standard_input: BinaryIO | None = None) -> None:
        """``standard_input``: another stream in place of the process's own."""
        self._path = path
        self._piped: Lines | None = None
        self.name = str(path)
        if self.name == STANDARD_INPUT:
            self.name = "standard input"
            stream = standard_input if standard_input is not None else sys.stdin.buffer
            self._piped = self._lines(cast("io.BufferedReader", stream))

    def lines(self) -> Lines:
        """All lines of a file, from the first on; of standard input, those that are left.

        The caller leaves them. Raises :class:`DataNotFound` or :class:`UnreadableFile` when the
        file cannot be opened.
        """
        if self._piped is not None:
            return self._piped
        try:
            raw = self._path.open("rb", buffering=0)
        except OSError as error:
            raise unopened(Path(self.name), error) from None
        return self._lines(io.BufferedReader(raw, BUFFER), raw)

    def _lines(self, stream: io.BufferedReader, file: io.RawIOBase | None = None) -> Lines:
        try:
            inside = unzipped(stream)
            if file is None:
                return Lines(inside, self.name, borrowed=True)
            size = _size(file) or 1
            # below all buffers: bytes of the disk
            return Lines(inside, self.name, share=lambda: min(1.0, file.tell() / size))
        except BROKEN_GZIP as error:
            raise broken_gzip(self.name, error) from None


def _size(file: io.RawIOBase) -> int:
    """Bytes of an open file: a named pipe cannot be sought in, a remote file has no number."""
    if isinstance(file, io.FileIO):
        return os.fstat(file.fileno()).st_size
    here = file.tell()  # the buffer above has read already
    end = file.seek(0, io.SEEK_END)
    file.seek(here)
    return end

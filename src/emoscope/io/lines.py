"""Bytes to lines of text, one at a time, without losing a byte or the place.

Bytes that are no text do not stop the reading. They become lone surrogates, which UTF-8 cannot
hold, so that nothing in a healthy file looks like them; :func:`decoding_problem` says what they
were.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import deque
from collections.abc import Callable, Iterator

from emoscope.errors import UnreadableFile
from emoscope.io.gzip_files import BROKEN_GZIP, BUFFER, broken_gzip

LONGEST_LINE = 16 << 20
"""Bytes. A longer line is no row of text but a damaged or binary file; it is left out."""

_MOST_LINES = 1 << 17
"""Lines of one record; with more, a quote was not closed."""
_SAMPLE_BYTES, _SAMPLE_LINES = 8 << 20, 100_000
_PIPED_LINES = 1000
"""Lines of a pipe that are waited for before its dialect is decided."""

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OTHER_FILES = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet. Unpack it, or save the table as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "an Excel file. Save the table as CSV UTF-8",
    b"PAR1": "Parquet. Name the format with --from parquet",
    b"BZh": "bzip2. Decompress it first; gzip is read as it is",
    b"\xfd7zXZ": "xz. Decompress it first; gzip is read as it is",
    b"\x28\xb5\x2f\xfd": "Zstandard. Decompress it first; gzip is read as it is",
    b"%PDF-": "a PDF document. Save its texts as a text file or a table",
    b"SQLite format 3\0": "a database. Export the table as CSV",
    b"version https://git-lfs": "a placeholder of Git LFS. Fetch the file with: git lfs pull",
}
"""First bytes -> what a file is instead of text, and what to do."""
_SURROGATE = re.compile("[\ud800-\udfff]")
LEFT_OUT = "\ud800"
"""Stands for a line or record that is too long."""
_NUL = "\ud801"
_FIRST_BYTE = 0xDC00  # "surrogateescape" turns the byte 0xe9 into U+DCE9


class RecordTooLong(Exception):
    """A record that spans lines has grown beyond all reason; its reader shall give it up."""


class Lines:
    """An iterator of lines, line ends included, that knows where it is and can go back a little.

    Raises :class:`UnreadableFile` for UTF-16, which would otherwise read as broken rows, and for
    compressed data that is damaged.
    """

    def __init__(
        self,
        stream: io.BufferedReader,
        name: str,
        *,
        share: Callable[[], float | None] = lambda: None,
        borrowed: bool = False,
    ) -> None:
        self.name = name
        self.offset = 0
        """Bytes before the next line."""
        self.number = 0
        """Lines before the next line."""
        self.share = share
        """How much of the file has been read."""
        self.odd = False
        """Whether a line since :meth:`begin_record` held bytes that are no text."""
        self._stream = stream
        self._borrowed = borrowed
        self._read = stream.readline
        self._record: list[bytes] = []
        self._record_start = 0
        self._given_back: deque[bytes] = deque()
        self._skip_mark()

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        if self._given_back:
            raw = self._given_back.popleft()
        else:
            raw = self._read_line()
            if not raw:
                raise StopIteration
        self.offset += len(raw)
        self.number += 1
        self._record.append(raw)
        n_lines = len(self._record)
        if n_lines > _MOST_LINES or (
            n_lines > 1 and self.offset - self._record_start > LONGEST_LINE
        ):
            raise RecordTooLong
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            line = raw.decode("utf-8", "surrogateescape")
            self.odd = True
        if "\0" in line:
            line = line.replace("\0", _NUL)
            self.odd = True
        if len(raw) >= LONGEST_LINE and not raw.endswith(b"\n"):
            self._skip_rest()
            self.odd = True
            return LEFT_OUT + "\n"
        return line

    def sample(self) -> tuple[list[str], bool]:
        """(the next lines, whether they are all there are); they will still be read."""
        most = _PIPED_LINES if self._borrowed else _SAMPLE_LINES
        size, whole = 0, False
        while len(self._given_back) < most and size < _SAMPLE_BYTES:
            raw = self._read_line()
            if not raw:
                whole = True
                break
            self._given_back.append(raw)
            size += len(raw)
            if not raw.endswith(b"\n"):  # the end, or a line too long, whose rest comes behind it
                break
        return [raw.decode("utf-8", "replace") for raw in self._given_back], whole

    def skip_to(self, number: int) -> None:
        """Skip lines until ``number`` are before the next one."""
        while self.number < number:
            self.begin_record()
            next(self)

    def blocks(self) -> Iterator[str]:
        """All that is left as blocks of text, for formats that do not go by lines."""
        decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        while raw := (self._given_back.popleft() if self._given_back else self._read_block()):
            self.offset += len(raw)
            yield decode(raw).replace("\0", _NUL)
        yield decode(b"", True)

    def begin_record(self) -> None:
        """Say that the next line begins a record."""
        self._record.clear()
        self._record_start = self.offset
        self.odd = False

    def go_back(self, keep: int) -> None:
        """Forget all lines of this record but the first ``keep``; they come again."""
        again = self._record[keep:]
        self._given_back.extendleft(reversed(again))
        self.offset -= sum(map(len, again))
        self.number -= len(again)
        del self._record[keep:]

    def record_lines(self) -> list[str]:
        """The lines of this record, with U+FFFD for bytes that are no text."""
        return [raw.decode("utf-8", "replace").replace("\0", "\ufffd") for raw in self._record]

    def leave(self) -> None:
        """Close the stream below, unless it is borrowed: then reading may go on."""
        if not self._borrowed:
            self._stream.close()

    def _skip_mark(self) -> None:
        start = self._stream.peek(64)
        is_utf16 = start[:2] in _UTF16 or re.match(rb"(?:[^\0]\0){2}|(?:\0[^\0]){2}", start)
        what = next((what for first, what in _OTHER_FILES.items() if start.startswith(first)), None)
        if start.lstrip().lower().startswith((b"<!doctype html", b"<html")):
            what = "a web page. Download the file itself, not the page about it"
        if is_utf16:
            what = "UTF-16 text. Save it as UTF-8 (in a spreadsheet: CSV UTF-8)"
        if what is not None:
            raise UnreadableFile(f"{self.name} looks like {what}.")
        if start[:3] == _BOM:
            self.offset = self._record_start = len(self._stream.read(3))

    def _skip_rest(self) -> None:
        while rest := self._read_line():
            self.offset += len(rest)
            if rest.endswith(b"\n"):
                return

    def _read_line(self) -> bytes:
        return self._reading(self._read, LONGEST_LINE)

    def _read_block(self) -> bytes:
        return self._reading(self._stream.read, BUFFER)

    def _reading(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except BROKEN_GZIP as error:
            raise broken_gzip(f"{self.name}, after line {self.number:,}", error) from None
        except OSError as error:
            raise UnreadableFile(
                f"{self.name}, after line {self.number:,}: reading failed "
                f"({error.strerror or error}). Check the disk, then run the command again."
            ) from None


def decoding_problem(text: str) -> str | None:
    """What is wrong with the bytes that ``text`` came from; None if nothing is."""
    found = _SURROGATE.search(text)
    if found is None:
        return None
    if found[0] == LEFT_OUT:
        return f"a line of more than {LONGEST_LINE >> 20} MiB, left out"
    if found[0] == _NUL:
        return "a NUL byte, which no text holds"
    return f"not UTF-8 (byte 0x{ord(found[0]) - _FIRST_BYTE:02x})"


def replace_undecodable(text: str) -> str:
    """``text`` with U+FFFD for everything that UTF-8 cannot hold."""
    return _SURROGATE.sub("\ufffd", text)

"""Bytes to text: the one place that opens data files, checksums them and explains broken ones."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

from emoscope.data.examples import SourceFile
from emoscope.errors import DataNotFound, NoExamples, UnreadableFile, nearest

_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class TextFile:
    """A data file as text, without byte-order mark; line ends are as in the file."""

    path: Path
    text: str
    sha256: str
    """Of the bytes on disk, compressed files as they are."""

    def at(self, line: int) -> str:
        """Where something is, for messages: the file and the line, counted from one."""
        return f"{self.path}, line {line:,}"

    def source(self, rows: int) -> SourceFile:
        """The provenance record; holds the file's name, not where this machine keeps it."""
        return SourceFile(self.path.name, self.sha256, rows)


def read_text_file(path: Path) -> TextFile:
    """Read a UTF-8 file, gzip too (known by its first bytes, whatever its name).

    Raises :class:`DataNotFound` for a missing file, :class:`UnreadableFile` for a folder, broken
    gzip, bytes that are not UTF-8 or NUL bytes, and :class:`NoExamples` for an empty file.
    """
    raw = read_bytes(path)
    sha256 = hashlib.sha256(raw).hexdigest()
    text = _decode(path, _unzip(path, raw))
    if not text.strip():
        raise NoExamples(f"{path} is empty. Give a file that holds texts and their labels.")
    return TextFile(path, text, sha256)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; raises an error that names the file and the next step."""
    if path.is_dir():
        raise UnreadableFile(
            f"{path} is a folder, and one file is wanted here. Name a file inside it."
        )
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise missing(path) from None
    except OSError as error:
        raise UnreadableFile(
            f"{path} cannot be opened: {error.strerror}. Check that you may read it."
        ) from None


def missing(path: Path) -> DataNotFound:
    """The error for a file or folder that does not exist, naming the nearest name beside it."""
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    return DataNotFound(
        f"There is no file or folder {path}. {nearest(path.name, beside)}"
        "Check the spelling, and that the path starts where you think it does."
    )


def _unzip(path: Path, raw: bytes) -> bytes:
    if not raw.startswith(_GZIP):
        return raw
    try:
        return gzip.decompress(raw)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableFile(
            f"{path} is not a whole gzip file ({error}). Download or compress it again."
        ) from None


def _decode(path: Path, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")  # drops a byte-order mark where there is one
    except UnicodeDecodeError as error:
        line, column = _place(raw, error.start)
        hint = "It looks like UTF-16. " if raw.startswith(_UTF16) else ""
        raise UnreadableFile(
            f"{path}, line {line:,}, byte {column:,} (0x{raw[error.start]:02x}): not UTF-8. {hint}"
            "Save the file as UTF-8 (in a spreadsheet: CSV UTF-8)."
        ) from None
    if "\0" in text:
        line, column = _place(raw, raw.index(b"\0"))
        raise UnreadableFile(
            f"{path}, line {line:,}, byte {column:,}: a NUL byte, which no text file holds. "
            "The file is binary, damaged or UTF-16: save it as UTF-8 text."
        )
    return text


def _place(raw: bytes, offset: int) -> tuple[int, int]:
    """Line of a byte and its place in that line, both counted from one."""
    return raw.count(b"\n", 0, offset) + 1, offset - raw.rfind(b"\n", 0, offset)

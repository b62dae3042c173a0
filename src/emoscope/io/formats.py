"""What a file's name says about its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emoscope.errors import DataError, UnreadableFile, listing
from emoscope.io.remote_files import InputFile

Format = Literal["csv", "tsv", "jsonl", "text", "parquet"]

STANDARD_INPUT = "-"
"""The name that stands for standard input."""

_READ: Mapping[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".txt": "text",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
TABLE_SUFFIXES = tuple(suffix for suffix in _READ if suffix != ".txt")
"""What the name of a file with named columns may end in; all but Parquet also with ``.gz``."""
_WRITTEN: Mapping[str, Format] = {k: v for k, v in _READ.items() if k not in (".txt", ".json")}


@dataclass(frozen=True)
class OutputFormat:
    """What is written."""

    format: Format
    gzip: bool = False


def input_format(path: InputFile, override: Format | None = None) -> Format:
    """Format of an input file, by ``override`` or else by suffix; ``.gz`` behind it is skipped.

    Standard input is plain text unless told otherwise. Raises :class:`UnreadableFile` for a suffix
    that says nothing, and for spreadsheets.
    """
    if override is not None:
        return override
    if str(path) == STANDARD_INPUT:
        return "text"
    suffix = file_suffix(path)
    found = _READ.get(suffix)
    if suffix in _SPREADSHEETS:
        raise UnreadableFile(
            f"{path} is a spreadsheet, which cannot be read. Save it as CSV (in a spreadsheet "
            "program: CSV UTF-8) and give that file."
        )
    if found is None:
        raise UnreadableFile(
            f"{path}: its name does not say what it holds. Give it one of the suffixes "
            f"{listing(_READ)} (all but Parquet also with .gz), or name the format with --from: "
            "csv, tsv, jsonl, text or parquet."
        )
    return found


def has_known_suffix(path: InputFile) -> bool:
    """Whether the name alone says what a file holds, readable or not."""
    return file_suffix(path) in (*_READ, *_SPREADSHEETS)


def is_table(path: Path) -> bool:
    """Whether the name says that a file has named columns."""
    return file_suffix(path) in TABLE_SUFFIXES


def output_format(path: Path) -> OutputFormat:
    """Format of an output file by its suffix.

    Raises :class:`DataError` for a suffix that cannot be written.
    """
    gzip = path.suffix.lower() == ".gz"
    found = _WRITTEN.get(file_suffix(path))
    if found is None or (gzip and found == "parquet"):
        raise DataError(
            f"{path}: cannot tell which format to write. Let the name end in "
            f"{listing(_WRITTEN)} (all but Parquet also with .gz)."
        )
    return OutputFormat(found, gzip)


def piped_format(read: Format, override: Format | None = None) -> OutputFormat:
    """Format on standard output: as the input, and JSON lines where that is no pipe's format.

    Raises :class:`DataError` when ``override`` is one that standard output cannot have.
    """
    if override in ("parquet", "text"):
        raise DataError(
            f"Standard output cannot be {override}. Write to a file with -o, or choose csv, tsv or "
            "jsonl."
        )
    return OutputFormat(override or (read if read in ("csv", "tsv") else "jsonl"))


def file_suffix(path: InputFile) -> str:
    """The suffix that tells the format, in lower case; ``.gz`` behind it is skipped."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""

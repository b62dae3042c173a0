"""What a file's name says about its format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emoscope.errors import DataError, listing

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
_WRITTEN: Mapping[str, Format] = {k: v for k, v in _READ.items() if k not in (".txt", ".json")}
_PIPED: Mapping[Format, Format] = {
    "csv": "csv",
    "tsv": "tsv",
    "jsonl": "jsonl",
    "text": "jsonl",
    "parquet": "jsonl",
}


@dataclass(frozen=True)
class OutputFormat:
    """What is written."""

    format: Format
    gzip: bool = False


def input_format(path: Path, override: Format | None = None) -> Format:
    """Format of an input file, by ``override`` or else by suffix; ``.gz`` behind it is skipped.

    Standard input is plain text unless told otherwise. Raises :class:`DataError` for a suffix that
    says nothing.
    """
    if override is not None:
        return override
    if str(path) == STANDARD_INPUT:
        return "text"
    found = _READ.get(_suffix(path))
    if found is None:
        raise DataError(
            f"{path}: its name does not say what it holds. Give it one of the suffixes "
            f"{listing(_READ)} (all but Parquet also with .gz), or name the format with --from: "
            "csv, tsv, jsonl, text or parquet."
        )
    return found


def has_known_suffix(path: Path) -> bool:
    """Whether the name alone says what a file holds."""
    return _suffix(path) in _READ


def output_format(path: Path) -> OutputFormat:
    """Format of an output file by its suffix.

    Raises :class:`DataError` for a suffix that cannot be written.
    """
    gzip = path.suffix.lower() == ".gz"
    found = _WRITTEN.get(_suffix(path))
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
    return OutputFormat(override or _PIPED[read])


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""

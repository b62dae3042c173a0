"""A file of rows and named columns, whatever its format, with the line of every row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emoscope.data.delimited import delimited_rows
from emoscope.data.examples import SourceFile
from emoscope.data.json_lines import json_rows
from emoscope.errors import NoExamples, UnreadableFile, listing
from emoscope.io.text_file import TextFile, missing, read_text_file

Select = Callable[[str, Sequence[str]], Sequence[str]]
"""From the table's name and its columns to the columns to keep; raises ColumnMissing."""

_SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_JSON = (".jsonl", ".ndjson", ".json")
_PARQUET = (".parquet", ".pq")
SUFFIXES = (*_SEPARATORS, *_JSON, *_PARQUET)
"""What a table's file name may end in; all but Parquet may have ``.gz`` behind it."""


@dataclass(frozen=True)
class Table:
    """Chosen columns of one file; a cell is a string, or what JSON has: a number, a list, None."""

    name: str
    columns: dict[str, list[Any]]
    lines: Sequence[int]
    """Where each row is in the file, counted from one."""
    file: SourceFile
    unit: str = "line"
    """What :attr:`lines` counts: ``line`` of a text file, else ``row``."""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def at(self, row: int, column: str | None = None) -> str:
        """Where a row (counted from zero) is, for messages."""
        place = f"{self.name}, {self.unit} {self.lines[row]:,}"
        return f"{place}, column {column!r}" if column else place


def table_suffix(path: Path) -> str | None:
    """The suffix that tells the format, ``.gz`` aside; None when it is no table's."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in SUFFIXES else None


def read_table(path: Path, select: Select) -> Table:
    """Read the columns of a CSV, TSV, JSON lines or Parquet file that ``select`` chooses.

    Raises a :class:`DataError` that names the file and the line: a missing or empty file, columns
    with the same name, a row with too few or too many fields, broken quotes or JSON.
    """
    if not path.exists():
        raise missing(path)
    suffix = table_suffix(path)
    if suffix is None:
        raise UnreadableFile(
            f"{path} is of no known kind. Give a file that ends in {listing(SUFFIXES)} "
            "(all but Parquet also with .gz)."
        )
    if suffix in _PARQUET:
        from emoscope.data.parquet import read_parquet  # an extra's package, imported for it only

        return read_parquet(path, select)
    file = read_text_file(path)
    if suffix in _JSON:
        return _read_json(file, select)
    return _read_delimited(file, _SEPARATORS[suffix], select)


def check_columns(name: str, columns: Sequence[str]) -> None:
    """Refuse two columns of the same name: nobody could tell which one is meant."""
    doubled = sorted({column for column in columns if columns.count(column) > 1})
    if doubled:
        raise UnreadableFile(
            f"{name} has more than one column {doubled[0]!r}. Rename or remove all but one."
        )


def _read_delimited(file: TextFile, separator: str, select: Select) -> Table:
    name = str(file.path)
    first_line = file.text.split("\n", 1)[0]
    notes: tuple[str, ...] = ()
    if separator == "," and "," not in first_line:
        # Spreadsheets write ';' or tabs into .csv files where the comma is the decimal mark.
        for other, word in ((";", "semicolons"), ("\t", "tabs")):
            if other in first_line:
                separator = other
                notes = (f"{file.path.name}: columns are separated by {word}",)
    rows = delimited_rows(file, separator)
    _, header = next(rows)
    check_columns(name, header)
    chosen = list(select(name, header))
    columns: dict[str, list[Any]] = {column: [] for column in chosen}
    takes = [(header.index(column), columns[column].append) for column in columns]
    lines: list[int] = []
    for line, fields in rows:
        if len(fields) != len(header):
            raise UnreadableFile(
                f"{file.at(line)}: {len(fields)} fields, and the header has {len(header)} "
                f"({listing(header)}). A field that holds {separator!r} must be in double quotes."
            )
        lines.append(line)
        for place, take in takes:
            take(fields[place])
    _check_rows(name, len(lines))
    return Table(name, columns, lines, file.source(len(lines)), notes=notes)


def _read_json(file: TextFile, select: Select) -> Table:
    name = str(file.path)
    header, rows = json_rows(file)
    chosen = list(select(name, header))
    columns: dict[str, list[Any]] = {column: [] for column in chosen}
    lines: list[int] = []
    for line, row in rows:
        lines.append(line)
        for column, cells in columns.items():
            cells.append(row.get(column))
    _check_rows(name, len(lines))
    return Table(name, columns, lines, file.source(len(lines)))


def _check_rows(name: str, rows: int) -> None:
    if not rows:
        raise NoExamples(f"{name} has a header and no rows. Give a file that holds examples.")

"""A whole table in memory: chosen columns of one file, and where every row is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from emoscope.errors import NoExamples, UnreadableFile
from emoscope.io.chunks import Chunk
from emoscope.io.files import file_checksum, missing
from emoscope.io.formats import input_format
from emoscope.io.read_options import ReadOptions
from emoscope.io.readers import open_reader

Select = Callable[[str, Sequence[str]], Sequence[str]]
"""From the table's name and its columns to the columns to keep; raises ColumnMissing."""

TEXT_LINES = ReadOptions(input_format="text")
"""Reads a file as lines, in one column ``text``."""


@dataclass(frozen=True)
class Table:
    """Chosen columns of one file; a cell is a string, or what JSON has: a number, a list, None."""

    name: str
    columns: dict[str, list[Any]]
    places: Sequence[int]
    """Where each row is in the file, counted from one."""
    file_name: str
    sha256: str
    """Of the bytes on disk, compressed files as they are."""
    unit: str = "row"
    """What :attr:`places` counts: ``line`` of a text file, ``record`` or ``row``."""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.places)

    def at(self, row: int, column: str | None = None) -> str:
        """Where a row (counted from zero) is, for messages."""
        place = f"{self.name}, {self.unit} {self.places[row]:,}"
        return f"{place}, column {column!r}" if column else place


def read_table(
    path: Path, select: Select | None = None, options: ReadOptions | None = None
) -> Table:
    """Read the columns that ``select`` chooses, or all; ``options`` say how the file is written.

    Raises a :class:`DataError` that names the file and the row: a missing or empty file, a chosen
    column whose name occurs more than once, a row that is broken or of another width.
    """
    if not path.exists():
        raise missing(path)
    given = options or ReadOptions()
    given = replace(given, input_format=input_format(path, given.input_format))
    if path.is_dir():
        raise UnreadableFile(f"{path} is a folder, not a file. Name a file inside it.")
    sha256 = file_checksum(path)
    reader = open_reader(path, given)
    chunks = reader.chunks(given.chunk_rows)
    first = next(chunks, None)
    if first is None:
        raise NoExamples(f"{path} has no rows below its header. Give a file that holds examples.")
    _refuse_errors(first)
    names = reader.columns if reader.columns is not None else first.records.names()
    chosen = list(names if select is None else select(reader.name, names))
    repeated = sorted(reader.repeated.intersection(chosen))
    if repeated:
        raise UnreadableFile(
            f"{path} has more than one column {repeated[0]!r}. Rename or remove all but one."
        )
    columns: dict[str, list[Any]] = {name: [] for name in chosen}
    places: list[int] = []
    for chunk in chain([first], chunks):
        _refuse_errors(chunk)
        for name, cells in columns.items():
            cells += chunk.records.column(name)
        places += chunk.places
    return Table(reader.name, columns, places, path.name, sha256, first.unit, reader.notes)


def _refuse_errors(chunk: Chunk) -> None:
    if chunk.errors:
        row = min(chunk.errors)
        raise UnreadableFile(
            f"{chunk.place(row)}: {chunk.errors[row]}. Correct or remove that row."
        )

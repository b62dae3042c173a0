"""Rows on their way through: a piece of an input file, and the reader that gives such pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

CHUNK_BYTES = 32 << 20
"""A chunk of very long rows ends early, at about this many bytes, so that memory stays bounded."""


@dataclass(frozen=True)
class Cursor:
    """A place between two rows."""

    file: int = 0
    """Which of the input files."""
    row: int = 0
    """Rows of that file before it."""


class Records(Protocol):
    """Input rows, whatever format they came in, for writers of any format."""

    def __len__(self) -> int: ...

    def names(self) -> list[str]:
        """The columns, in order; of JSON lines, every field that occurs here."""

    def column(self, name: str) -> list[Any]:
        """The values of one column; ``KeyError`` when a table has none of that name."""

    def cells(self, columns: Sequence[str]) -> list[list[str]]:
        """The rows as strings for CSV, in the order of ``columns``."""

    def fields(self) -> list[str]:
        """Every row as the inside of a JSON object, ``"id": 1, "text": "hello"``."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some successive rows of one input file."""

    records: Records
    errors: Mapping[int, str]
    """Position in this chunk -> why that row cannot be read."""
    places: Sequence[int]
    """Where each row begins in its file, counted from one."""
    unit: str
    """What :attr:`places` counts: ``line`` or ``row``."""
    source: str
    """Name of the input file, for messages."""
    after: Cursor
    """Where the next chunk begins."""
    share: float | None
    """How much of its file has been read, in [0, 1]; None of standard input."""

    def __len__(self) -> int:
        return len(self.records)

    def column(self, name: str) -> list[Any]:
        """The values of a column; None in every row where JSON lines of another file lack it."""
        try:
            return self.records.column(name)
        except KeyError:
            return [None] * len(self)

    def place(self, row: int) -> str:
        """Where a row of this chunk is, for messages."""
        return f"{self.source}, {self.unit} {self.places[row]:,}"


class Reader:
    """One input in some format."""

    columns: tuple[str, ...] | None = None
    """The columns of every row; None when every row names its own."""
    repeated: frozenset[str] = frozenset()
    """Names that more than one column has in the file."""
    notes: tuple[str, ...] = ()
    """What a user should know about the file."""

    def __init__(self, name: str, file: int = 0) -> None:
        """``name`` is for messages; ``file`` says which of the input files it is."""
        self.name = name
        self.file = file

    def chunks(self, rows: int) -> Iterator[Chunk]:
        """Yield chunks of ``rows`` rows from the first on, the last one shorter."""
        raise NotImplementedError

"""Input rows of text formats: strings of CSV, TSV and plain text, and objects of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring  # C, and keeps non-ASCII text readable
from typing import Any

from emoscope.io.cell_values import as_cell


class TextRecords:
    """Rows of strings, each as wide as ``columns``."""

    def __init__(self, columns: tuple[str, ...], rows: list[list[str]]) -> None:
        self._columns = columns
        self._rows = rows
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def names(self) -> list[str]:
        """The columns in order."""
        return list(self._columns)

    def column(self, name: str) -> list[str | None]:
        """The strings of a column; ``KeyError`` when there is none of that name."""
        if not self._places:  # a table may have tens of thousands of columns
            self._places = {column: place for place, column in enumerate(self._columns)}
        place = self._places[name]
        return [row[place] for row in self._rows]

    def cells(self, columns: Sequence[str]) -> list[list[str]]:
        """The rows themselves."""
        return self._rows

    def fields(self) -> list[str]:
        """Every row as the inside of a JSON object."""
        keys = [encode_basestring(name) + ": " for name in self._columns]
        return [
            ", ".join([key + encode_basestring(cell) for key, cell in zip(keys, row, strict=True)])
            for row in self._rows
        ]


class JsonRecords:
    """Objects, each with fields of its own; ``raws`` hold the same as written, braces aside.

    JSON lines are written from ``raws``: no digit of a number, no order of keys changes on the way.
    """

    def __init__(self, raws: list[str], objects: list[dict[str, Any]]) -> None:
        self._raws = raws
        self._objects = objects

    def __len__(self) -> int:
        return len(self._raws)

    def names(self) -> list[str]:
        """Every field that occurs, in order of first mention."""
        return list(dict.fromkeys(name for row in self._objects for name in row))

    def column(self, name: str) -> list[Any]:
        """One field of every row, None where a row lacks it."""
        return [row.get(name) for row in self._objects]

    def cells(self, columns: Sequence[str]) -> list[list[str]]:
        """The rows as strings, "" where a row lacks a field."""
        return [[as_cell(row.get(name)) for name in columns] for row in self._objects]

    def fields(self) -> list[str]:
        """Every row as it was written."""
        return self._raws

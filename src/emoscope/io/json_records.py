"""Input rows that are JSON objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emoscope.io.cell_values import as_cell


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

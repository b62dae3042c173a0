"""Input rows whose values are strings: CSV, TSV and plain text."""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring  # C, and keeps non-ASCII text readable


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

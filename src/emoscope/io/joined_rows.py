"""Rows that two stray quotes have joined: each quote looks right, and what is between is a field.

A cell may hold line ends, so a record of several lines is no fault by itself. It is one where every
line has the fields of a row, and where these look like those of other rows: numbers in a column of
numbers, known values in a column of few values, without the blank that follows a comma in a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

NUMBER = re.compile(
    r"[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?|\d{4}-\d\d-\d\d(?:[T ]\d\d:.*)?", re.IGNORECASE
)
"""Numbers and dates."""
_DIGITS = re.compile(r"\d+")
_LEAST_ROWS = 4
"""Rows by which a column of few values is known."""


class RowShape:
    """What the rows of a table look like that stand on one line each."""

    def __init__(self, rows: Sequence[str], delimiter: str) -> None:
        """``rows``: the first lines, the header among them."""
        self._delimiter = delimiter
        self._width = rows[0].count(delimiter) + 1 if rows else 1
        plain = [row.rstrip("\r\n").split(delimiter) for row in rows[1:] if '"' not in row]
        plain = [cells for cells in plain if len(cells) == self._width]
        self._enough = len(plain) >= _LEAST_ROWS
        self._numbers: dict[int, re.Pattern[str]] = {}
        self._known: dict[int, set[str]] = {}
        for place in range(self._width):
            values = [cells[place] for cells in plain]
            if len(values) > 1 and all(map(NUMBER.fullmatch, values)):
                digits = all(map(_DIGITS.fullmatch, values))
                self._numbers[place] = _DIGITS if digits else NUMBER
            elif len(values) >= _LEAST_ROWS and any(values) and 2 * len(set(values)) <= len(values):
                self._known[place] = {*values} - {""}  # a text may end a line with a comma

    def judge(self, lines: Sequence[str]) -> Literal["rows", "perhaps", "one row"]:
        """What the lines of one record are: rows by themselves, perhaps so, or rightly one row."""
        if self._width == 1 or any(self._width != n.count(self._delimiter) + 1 for n in lines):
            return "one row"
        for line in lines:
            cells = [cell.strip('"') for cell in line.rstrip("\r\n").split(self._delimiter)]
            if not (
                all(form.fullmatch(cells[place]) for place, form in self._numbers.items())
                and all(cells[place] in known for place, known in self._known.items())
            ):
                return "one row"
        if self._numbers or self._known:
            return "rows"
        return "perhaps" if self._enough else "one row"

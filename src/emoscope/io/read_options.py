"""How a file is read, where it is not left to the file itself to tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from emoscope.errors import DataError, listing
from emoscope.io.formats import Format

Quoting = Literal["csv", "backslash", "none"]
"""How a field holds a delimiter, a quote or a line end: in double quotes with quotes inside doubled
(RFC 4180), in double quotes with a backslash before quotes inside, or not at all."""


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What a user knows about input files; None leaves it to the file."""

    input_format: Format | None = None
    """Format of all inputs; without it, told by their names."""
    delimiter: str | None = None
    """What separates the fields of CSV and TSV; without it, found in the first rows."""
    quoting: Quoting | None = None
    """How fields of CSV and TSV are quoted; without it, found in the first rows."""
    header: bool | None = None
    """Whether the first row of CSV and TSV names the columns; without it, found in these rows."""
    chunk_rows: int = 2048
    """Rows that are read and worked on together; memory grows with it."""

    def __post_init__(self) -> None:
        """Refuse impossible values; the types are for programs, the messages for people."""
        check_choice("input_format", self.input_format, get_args(Format))
        check_choice("quoting", self.quoting, get_args(Quoting))
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise DataError(
                f"The delimiter {self.delimiter!r} cannot separate CSV fields. "
                "Give one character, such as ';'."
            )
        if not 1 <= self.chunk_rows <= 1_000_000:
            raise DataError(f"chunk_rows is {self.chunk_rows:,}; give 1 to 1,000,000.")


def check_choice(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    """Raise :class:`DataError` for a ``value`` that is neither None nor allowed."""
    if value is not None and value not in allowed:
        raise DataError(f"{name} is {value!r}; it must be one of: {listing(allowed)}.")

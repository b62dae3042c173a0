"""What can be chosen when trends are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from emoscope.errors import DataError, listing
from emoscope.io.formats import Format
from emoscope.io.read_options import Quoting, ReadOptions
from emoscope.trends.periods import Every
from emoscope.trends.times import READABLE, DateOrder, in_order, read_time


@dataclass(frozen=True)
class TrendOptions:
    """Which columns to read, what to count, and what to do about rows that cannot be read."""

    time: str
    """Column that says when a text was written."""
    by: str | None = None
    """Column whose values are counted apart, such as a source."""
    every: Every | None = None
    """Length of a period; without it, chosen from the span of all times."""
    text: str | None = None
    """Column with the texts, which are labelled then, even if the file is labelled already."""
    prefix: str | None = None
    """What the columns of a labelled file begin with; needed only where it was labelled twice."""
    rollup: str | None = None
    """Count in coarse labels, as of ``ekman``."""
    labels: tuple[str, ...] = ()
    """Labels to count; without any, all."""
    groups: tuple[str, ...] = ()
    """Values of ``by`` to count; without any, all."""
    dates: DateOrder | None = None
    """Order in dates such as 05/03/2024; without it, decided by the column as a whole."""
    since: str | None = None
    """Earlier times are left out."""
    before: str | None = None
    """This time and later ones are left out."""
    input_format: Format | None = None
    """Format of all inputs, where their names do not tell it."""
    delimiter: str | None = None
    """What separates the fields of CSV input; without it, found in the first rows."""
    quoting: Quoting | None = None
    """How fields of CSV input are quoted; without it, found in the first rows."""
    header: bool | None = None
    """Whether the first row of CSV input names the columns; without it, found in the first rows."""
    strict: bool = False
    """Stop at the first row that cannot be read, or whose time cannot."""
    chunk_rows: int = 2048
    """Rows that are read and counted together."""

    def __post_init__(self) -> None:
        """Refuse values that cannot be; the types are for programs, the messages for people."""
        if self.every not in (None, *get_args(Every)):
            known = listing(get_args(Every))
            raise DataError(f"every is {self.every!r}; it must be one of: {known}.")
        if self.dates not in (None, *get_args(DateOrder)):
            known = listing(get_args(DateOrder))
            raise DataError(f"dates is {self.dates!r}; it must be one of: {known}.")
        _ = self.reading
        if self.groups and self.by is None:
            raise DataError("Groups were named, but not their column. Name it with --by.")
        for name in ("since", "before"):
            given = getattr(self, name)
            if given is not None and in_order(read_time(given), self.dates) is None:
                raise DataError(f"{name} is {given!r}, which is no time. {READABLE}.")
        since, before = self.bounds
        if since is not None and before is not None and since >= before:
            raise DataError(
                f"No time is since {self.since} and before {self.before}. Swap or change them."
            )

    @property
    def reading(self) -> ReadOptions:
        """Those of the reader."""
        return ReadOptions(
            self.input_format, self.delimiter, self.quoting, self.header, self.chunk_rows
        )

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """``since`` and ``before`` in seconds since 1970-01-01 UTC."""
        since, before = (
            in_order(read_time(each), self.dates) for each in (self.since, self.before)
        )
        return since, before

"""What can be chosen when trends are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from emoscope.errors import DataError
from emoscope.io.read_options import ReadOptions, check_choice
from emoscope.trends.periods import Every
from emoscope.trends.times import READABLE, DateOrder, in_order, read_time


@dataclass(frozen=True)
class TrendOptions(ReadOptions):
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
    """Count in the labels of a roll-up, as ``ekman``."""
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
    strict: bool = False
    """Stop at the first row that cannot be read, or whose time cannot."""

    def __post_init__(self) -> None:
        """Refuse values that cannot be; the types are for programs, the messages for people."""
        check_choice("every", self.every, get_args(Every))
        check_choice("dates", self.dates, get_args(DateOrder))
        super().__post_init__()
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
    def bounds(self) -> tuple[int | None, int | None]:
        """``since`` and ``before`` in seconds since 1970-01-01 UTC."""
        since, before = (
            in_order(read_time(each), self.dates) for each in (self.since, self.before)
        )
        return since, before

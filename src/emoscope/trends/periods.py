"""Hours, days, weeks and months: which one a time falls into, when it begins, what it is called.

Periods are counted from that of 1970-01-01 on and follow UTC; weeks begin on Monday (ISO 8601).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Every = Literal["hour", "day", "week", "month"]

Numbers = npt.NDArray[np.int64]
Moments = npt.NDArray[np.datetime64]

HOUR, DAY = 3600, 86_400
_MONDAY = 3
"""Days from the Monday before to 1970-01-01, a Thursday."""

_UP_TO: Mapping[Every, int] = {"hour": 3 * DAY, "day": 92 * DAY, "week": 2 * 366 * DAY}
"""Seconds that a unit may span and still be read at a glance: 72 hours, 92 days, 105 weeks."""

_YEAR = 366 * DAY
_FEW = 20
"""At most one text in so many is outlying; more of them are a part of the data."""


def numbers(seconds: Numbers, every: Every) -> Numbers:
    """The period of each time, given in seconds since 1970-01-01 UTC."""
    if every == "hour":
        return seconds // HOUR
    days = seconds // DAY
    if every == "day":
        return days
    if every == "week":
        return (days + _MONDAY) // 7
    months: Numbers = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def starts(of: Numbers, every: Every) -> Moments:
    """When each period begins, to the second."""
    if every == "month":
        return of.astype("datetime64[M]").astype("datetime64[s]")
    seconds = {"hour": of * HOUR, "day": of * DAY, "week": (7 * of - _MONDAY) * DAY}[every]
    return seconds.astype("datetime64[s]")


def names(of: Numbers, every: Every) -> list[str]:
    """What each is called: ``2024-03-05 14:00``, ``2024-03-05`` or ``2024-03``.

    A week has the name of its Monday.
    """
    length = {"hour": 16, "day": 10, "week": 10, "month": 7}[every]
    return [str(moment).replace("T", " ")[:length] for moment in starts(of, every)]


@dataclass
class Span:
    """From when to when times reach, and how exact they are."""

    first: int
    """Seconds since 1970-01-01 UTC."""
    last: int
    whole_days: bool
    """Every time is a midnight, so that hours mean nothing."""
    whole_months: bool
    """Every time is the midnight that begins a month."""

    @classmethod
    def of(cls, seconds: Numbers) -> Span:
        """The span of some times, of which there is at least one."""
        return cls(
            int(seconds.min()),
            int(seconds.max()),
            bool((seconds % DAY == 0).all()),
            bool((starts(numbers(seconds, "month"), "month").astype(np.int64) == seconds).all()),
        )

    def plus(self, other: Span) -> Span:
        """The span of both."""
        return Span(
            min(self.first, other.first),
            max(self.last, other.last),
            self.whole_days and other.whole_days,
            self.whole_months and other.whole_months,
        )

    def unit(self) -> Every:
        """The finest unit in which the span is read at a glance and that its times can tell."""
        if self.whole_months and self.last > self.first:
            return "month"
        length = self.last - self.first
        fitting = (unit for unit, most in _UP_TO.items() if length <= most)
        chosen: Every = next(fitting, "month")
        return "day" if chosen == "hour" and self.whole_days else chosen


def main_range(starts: Numbers, texts: Numbers) -> tuple[int, int]:
    """First and last position of the periods without outlying ones, such as a 1970 of no time.

    ``starts`` (n,) are in seconds, in order, with the ``texts`` (n,) of each. Outlying is what has
    few texts and lies more than a year, and more than all others span, away from them.
    """
    first, last = 0, len(starts) - 1
    total = int(texts.sum())
    while first < last:
        gaps = np.diff(starts[first : last + 1])
        before = first + int(gaps.argmax())  # the last period before the longest gap
        left = int(texts[first : before + 1].sum())
        right = int(texts[before + 1 : last + 1].sum())
        kept = (before + 1, last) if left <= right else (first, before)
        span = int(starts[kept[1]] - starts[kept[0]])
        if min(left, right) > max(1, total // _FEW) or gaps.max() <= max(_YEAR, span):
            break
        first, last = kept
    return first, last

"""Trends on a terminal: a row a period, and what a person should know beside."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from emoscope.cli.terminal import show, show_table
from emoscope.metrics.formatting import count
from emoscope.trends import Trends
from emoscope.trends.changes import Change, furthest_change
from emoscope.trends.periods import names
from emoscope.trends.result import NEUTRAL, shown_group

MOST_ROWS = 60
"""Periods that a terminal shows, the latest ones; a pipe gets all."""
_GAP = 3
"""Characters between two columns."""
_HEAD = 12
"""Characters of the column with numbers of texts, and of the table's edges."""


def show_trends(trends: Trends, *, width: int, whole: bool) -> None:
    """Print a table a group: periods down, labels across, each share with its interval.

    Labels that do not fit into ``width`` characters come in a table of their own below.
    """
    low, high = trends.interval()
    share, periods = trends.share, trends.periods
    first = 0 if whole else max(0, len(periods) - MOST_ROWS)
    for i, group in enumerate(trends.groups):
        title = None if trends.by is None else f"{trends.by}: {shown_group(group)}"
        shown = with_gaps(trends, i, first)
        head = [
            (periods[t], f"{trends.texts[i, t]:,}") if isinstance(t, int) else (t, "0")
            for t in shown
        ]
        columns = [
            [
                label,
                *(
                    _cell(share[i, t, j], low[i, t, j], high[i, t, j])
                    if isinstance(t, int)
                    else "–"
                    for t in shown
                ),
            ]
            for j, label in enumerate(trends.labels)
        ]
        room = width - _HEAD - max((len(period) for period, _ in head), default=0)
        for some in side_by_side([max(map(len, column)) for column in columns], room):
            heads = [columns[j][0] for j in some]
            cells = zip(*(columns[j][1:] for j in some), strict=True)
            rows = [(*start, *row) for start, row in zip(head, cells, strict=True)]
            show_table((trends.every, "texts", *heads), rows, title=title)
    if first:
        show(f"{first:,} earlier periods with texts are not shown; -o FILE keeps all.")
    show("Shares are percentages of the texts, with 95% intervals (Wilson).")
    change = furthest_change(trends)
    if change is not None:
        show(_sentence(change, trends))


def with_gaps(trends: Trends, group: int, first: int) -> list[int | str]:
    """Positions of the periods in which a group has texts, from ``first`` on.

    Between two that do not follow one another stands the gap: its first and last period.
    """
    numbers = trends.counts.periods
    found: list[int | str] = []
    before: int | None = None
    for t in np.flatnonzero(trends.texts[group]).tolist():
        if t < first:
            continue
        if before is not None and numbers[t] - numbers[before] > 1:
            ends = np.unique([numbers[before] + 1, numbers[t] - 1])
            found.append(" to ".join(names(ends, trends.every)))
        found.append(t)
        before = t
    return found


def side_by_side(widths: Sequence[int], room: int) -> list[list[int]]:
    """Columns that fit side by side, in order; one that is wider than ``room`` stands alone."""
    found: list[list[int]] = []
    left = 0
    for column, width in enumerate(widths):
        needed = width + _GAP
        if not found or needed > left:
            found.append([])
            left = room
        found[-1].append(column)
        left -= needed
    return found


def _sentence(change: Change, trends: Trends) -> str:
    of = "" if trends.by is None else f" ({shown_group(change.group)})"
    surely = (
        "more than chance"
        if change.beyond_chance
        else f"no more than chance may do among {change.shares:,} shares"
    )
    return (
        f"Furthest apart: {change.label}{of}, {_percent(change.rare_share)}% in {change.rare} and "
        f"{_percent(change.frequent_share)}% in {change.frequent}: {surely}."
    )


def coverage_lines(found: Trends, shown: Trends) -> list[str]:
    """Return what was counted and what was left out, a line each."""
    left = found.left_out
    texts = int(found.texts.sum())
    lines = [f"{texts:,} of {count(found.rows, 'row')} counted, by {found.source}"]
    if left.untimed:
        lines.append(
            f"{count(left.untimed, 'row')} without a time that can be read in {found.time!r}:"
        )
        lines += [f"  {example}" for example in left.untimed_examples]
    if left.unread:
        lines.append(f"{count(left.unread, 'row')} could not be read:")
        lines += [f"  {example}" for example in left.unread_examples]
    if left.outside:
        lines.append(f"{count(left.outside, 'row')} of other times or groups")
    for what, every, some in (
        ("labels", found.labels, shown.labels),
        (f"values of {found.by!r}", found.groups, shown.groups),
    ):
        if len(some) < len(every):
            aside = ", neutral aside" if NEUTRAL in every and NEUTRAL not in some else ""
            lines.append(f"{len(some)} of {len(every)} {what} are shown, the most frequent{aside}")
    return [*lines, *found.notes]


def _cell(share: float, low: float, high: float) -> str:
    """``4.2 (3.1–5.6)``, in percent; a dash where there is no text."""
    if math.isnan(share):
        return "–"
    return f"{_percent(share)} ({_percent(low)}–{_percent(high)})"


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f}"

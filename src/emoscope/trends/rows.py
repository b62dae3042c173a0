"""Rows of a file as what is counted: a group, a time and labels; or a reason why not."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np

from emoscope.errors import DataError, UnreadableFile
from emoscope.io.cell_values import as_cell
from emoscope.io.chunks import Chunk
from emoscope.trends.counting import PeriodCounter
from emoscope.trends.label_source import Bools, Found, LabelSource
from emoscope.trends.options import TrendOptions
from emoscope.trends.periods import Numbers
from emoscope.trends.result import LeftOut
from emoscope.trends.times import READABLE, DateOrder, OrderDependent, in_order, read_time

MOST_GROUPS = 1000
_EXAMPLES = 5
_LONGEST_SHOWN = 60
_USUAL_ORDER: DateOrder = "month-first"
"""What JavaScript, Excel in the United States and most data frames take 05/03/2024 for."""

Times = Sequence[int | OrderDependent | None]


@dataclass
class Counted:
    """What is counted of all rows when dates have one order."""

    order: DateOrder | None
    """None: dates that depend on it are left out."""
    counter: PeriodCounter
    left_out: LeftOut = field(default_factory=LeftOut)
    seen_groups: set[int] = field(default_factory=set)


class RowReader:
    """Reads chunk after chunk and counts; keeps count of what is left out.

    From the first date on that depends on the order of day and month, both orders are counted side
    by side, since the column as a whole tells which one holds.
    """

    def __init__(self, options: TrendOptions, answers: LabelSource) -> None:
        self.rows = 0
        self.other_groups: dict[str, None] = {}
        """Groups outside those asked for, some of them, to find the nearest name among."""
        self._options = options
        self._answers = answers
        self._places = {name: i for i, name in enumerate(options.groups)}
        self._counted = [Counted(options.dates, PeriodCounter(options.every))]
        self._orders: dict[str, list[str]] = {"either": [], "day-first": [], "month-first": []}
        self._votes = dict.fromkeys(self._orders, 0)

    @property
    def groups(self) -> tuple[str, ...]:
        """All groups, those asked for or in order of first mention; one without a name if none."""
        return tuple(self._places) if self._options.by is not None else ("",)

    def read(self, chunk: Chunk) -> None:
        """Count the rows of a chunk.

        Raises :class:`UnreadableFile` with ``strict``, at the first row that cannot be read, and
        :class:`DataError` for a column of groups that holds too many different values.
        """
        self.rows += len(chunk)
        readable = np.ones(len(chunk), dtype=np.bool_)
        readable[list(chunk.errors)] = False
        cells = chunk.column(self._options.time)
        times: Times = [
            read_time(cell) if wanted else None
            for cell, wanted in zip(cells, readable.tolist(), strict=True)
        ]
        self._note_orders(chunk, times, cells)
        seconds, timed = zip(*(_seconds(times, each.order) for each in self._counted), strict=True)
        inside = [t & self._inside(s) for s, t in zip(seconds, timed, strict=True)]
        wanted = np.logical_or.reduce(inside)
        groups, others = self._groups(chunk, wanted)
        found = self._answers.read(chunk, wanted)
        if self._options.strict:
            untimed = np.flatnonzero(readable & ~np.logical_or.reduce(timed)).tolist()
            self._stop(chunk, {**chunk.errors, **found.errors}, untimed, cells)
        known = wanted.copy()
        known[list(found.errors)] = False
        for each, when, has_time, asked in zip(self._counted, seconds, timed, inside, strict=True):
            counts = known & asked
            _add(each, groups, when, counts, found)
            unread = dict(chunk.errors) | {
                row: why for row, why in found.errors.items() if asked[row]
            }
            missing = np.flatnonzero(readable & ~has_time).tolist()
            outside = int((has_time & ~asked).sum() + (asked & others).sum())
            _leave_out(each, chunk, unread, {row: _shown(cells[row]) for row in missing}, outside)

    def settle(self) -> tuple[Counted, list[str]]:
        """What was counted, in the order of dates that the column as a whole has, and notes on it.

        Raises :class:`UnreadableFile` with ``strict`` for a column that has both orders.
        """
        if len(self._counted) == 1:
            return self._counted[0], []
        where = f"dates in column {self._options.time!r}"
        day, month = self._votes["day-first"], self._votes["month-first"]
        if day and month:
            note = (
                f"{where} have both orders: {self._orders['day-first'][0]} has the day first, "
                f"{self._orders['month-first'][0]} the month. The {self._votes['either']:,} that "
                "may be either are left out. Say which one holds with --dates"
            )
            if self._options.strict:
                raise UnreadableFile(f"{note}, or run without --strict.")
            return self._of_order(None), [note]
        if day or month:
            order: DateOrder = "day-first" if day else "month-first"
            return self._of_order(order), [f"{where} are read {order}: {self._orders[order][0]}"]
        other = next(order for order in get_args(DateOrder) if order != _USUAL_ORDER)
        note = (
            f"{where} may be day-first or month-first, such as {self._orders['either'][0]}: read "
            f"{_USUAL_ORDER}. If that is wrong, say --dates {other}"
        )
        return self._of_order(_USUAL_ORDER), [note]

    def _of_order(self, order: DateOrder | None) -> Counted:
        return next(each for each in self._counted if each.order == order)

    def _note_orders(self, chunk: Chunk, times: Times, cells: Sequence[Any]) -> None:
        """Count what dates say of their order; from the first such date on, count all orders."""
        if self._options.dates is not None:
            return
        for row, time in enumerate(times):
            if isinstance(time, OrderDependent):
                kind = "either"
                if None in time:
                    kind = "month-first" if time.day_first is None else "day-first"
                self._votes[kind] += 1
                if not self._orders[kind]:
                    self._orders[kind].append(f"{_shown(cells[row])} ({chunk.place(row)})")
        if any(self._votes.values()) and len(self._counted) == 1:
            (so_far,) = self._counted
            self._counted = [
                replace(copy.deepcopy(so_far), order=order)
                for order in (*get_args(DateOrder), None)
            ]

    def _inside(self, seconds: Numbers) -> Bools:
        since, end = self._options.bounds
        inside = np.ones(len(seconds), dtype=np.bool_)
        if since is not None:
            inside &= seconds >= since
        if end is not None:
            inside &= seconds < end
        return inside

    def _groups(self, chunk: Chunk, wanted: Bools) -> tuple[Numbers, Bools]:
        """The group of every row, and which rows belong to others; these become unwanted."""
        groups = np.zeros(len(chunk), dtype=np.int64)
        others = np.zeros(len(chunk), dtype=np.bool_)
        if self._options.by is None:
            return groups, others
        cells = chunk.column(self._options.by)
        for row in np.flatnonzero(wanted).tolist():
            place = self._place(as_cell(cells[row]))
            others[row] = place is None
            groups[row] = place or 0
        wanted[others] = False
        return groups, others

    def _place(self, name: str) -> int | None:
        place = self._places.get(name)
        if place is not None:
            return place
        if self._options.groups:
            if len(self.other_groups) < MOST_GROUPS:
                self.other_groups[name] = None
            return None
        if len(self._places) == MOST_GROUPS:
            raise DataError(
                f"Column {self._options.by!r} has more than {MOST_GROUPS:,} different values, "
                "which are no groups to look at. Choose some with --groups, or another column "
                "with --by."
            )
        return self._places.setdefault(name, len(self._places))

    def _stop(
        self, chunk: Chunk, unread: Mapping[int, str], untimed: Sequence[int], cells: Sequence[Any]
    ) -> None:
        row = min((*unread, *untimed), default=None)
        if row is None:
            return
        why = unread.get(row)
        if why is None:
            why = f"no time in column {self._options.time!r}: {_shown(cells[row])}. {READABLE}"
        raise UnreadableFile(
            f"{chunk.place(row)}: {why}. Correct that row, or run without --strict to have such "
            "rows left out and counted."
        )


def _seconds(times: Times, order: DateOrder | None) -> tuple[Numbers, Bools]:
    """Seconds of every row, and which rows have a time in this order."""
    found = [in_order(time, order) for time in times]
    timed = np.array([each is not None for each in found], dtype=np.bool_)
    return np.array([each or 0 for each in found], dtype=np.int64), timed


def _add(each: Counted, groups: Numbers, seconds: Numbers, counts: Bools, found: Found) -> None:
    new_place = np.cumsum(counts) - 1  # of each row among those that count
    held = counts[found.rows]
    each.counter.add(
        groups[counts], seconds[counts], new_place[found.rows[held]], found.labels[held]
    )
    each.seen_groups |= set(np.unique(groups[counts]).tolist())


def _leave_out(
    each: Counted, chunk: Chunk, unread: Mapping[int, str], untimed: Mapping[int, str], outside: int
) -> None:
    so_far = each.left_out
    each.left_out = LeftOut(
        so_far.untimed + len(untimed),
        _with(so_far.untimed_examples, chunk, untimed),
        so_far.unread + len(unread),
        _with(so_far.unread_examples, chunk, unread),
        so_far.outside + outside,
    )


def _with(examples: tuple[str, ...], chunk: Chunk, more: Mapping[int, str]) -> tuple[str, ...]:
    room = _EXAMPLES - len(examples)
    return (*examples, *(f"{chunk.place(row)}: {more[row]}" for row in sorted(more)[:room]))


def _shown(value: Any) -> str:
    """A cell that is no time, for messages."""
    text = as_cell(value)
    if not text.strip():
        return "nothing"
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…")

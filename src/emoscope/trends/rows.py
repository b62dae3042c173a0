"""Rows of a file as what is counted: a group, a time and labels; or a reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from emoscope.errors import DataError, UnreadableFile
from emoscope.io.cell_values import as_cell
from emoscope.io.chunks import Chunk
from emoscope.trends.cells import column
from emoscope.trends.label_source import Bools, Index, LabelSource
from emoscope.trends.options import TrendOptions
from emoscope.trends.periods import Numbers
from emoscope.trends.result import LeftOut
from emoscope.trends.times import READABLE, read_time

MOST_GROUPS = 1000
_EXAMPLES = 5
_LONGEST_SHOWN = 60


class RowReader:
    """Reads chunk after chunk, and keeps count of what is left out."""

    def __init__(self, options: TrendOptions, answers: LabelSource) -> None:
        self.rows = 0
        self.left_out = LeftOut()
        self.other_groups: dict[str, None] = {}
        """Groups that nobody asked for, some of them, to find the nearest name among."""
        self.seen_groups: set[str] = set()
        """Groups that were counted."""
        self._options = options
        self._answers = answers
        self._places = {name: i for i, name in enumerate(options.groups)}

    @property
    def groups(self) -> tuple[str, ...]:
        """All groups, those asked for or in order of first mention; one without a name if none."""
        return tuple(self._places) if self._options.by is not None else ("",)

    def read(self, chunk: Chunk) -> tuple[Numbers, Numbers, Index, Index]:
        """(groups, seconds, texts, labels) of the rows that count, as counting takes them.

        Raises :class:`UnreadableFile` with ``strict``, at the first row that cannot be read, and
        :class:`DataError` for a column of groups that holds too many different values.
        """
        self.rows += len(chunk)
        wanted = np.ones(len(chunk), dtype=np.bool_)
        unread = dict(chunk.errors)
        wanted[list(unread)] = False
        seconds, untimed = self._times(chunk, wanted)
        outside = self._outside(seconds, wanted)
        groups, of_others = self._groups(chunk, wanted)
        found = self._answers.read(chunk, wanted)
        unread |= found.errors
        wanted[list(found.errors)] = False
        if self._options.strict:
            self._stop(chunk, unread, untimed)
        self._leave_out(chunk, unread, untimed, outside + of_others)
        names = self.groups
        self.seen_groups |= {names[i] for i in np.unique(groups[wanted]).tolist()}
        new_place = np.cumsum(wanted) - 1  # of each row among those that count
        return groups[wanted], seconds[wanted], new_place[found.rows], found.labels

    def _times(self, chunk: Chunk, wanted: Bools) -> tuple[Numbers, dict[int, str]]:
        """Seconds of every row, and what stands where no time is; such rows are not wanted."""
        cells = column(chunk, self._options.time)
        seconds = np.zeros(len(chunk), dtype=np.int64)
        untimed: dict[int, str] = {}
        for row in np.flatnonzero(wanted).tolist():
            found = read_time(cells[row])
            if found is None:
                untimed[row] = _shown(cells[row])
            else:
                seconds[row] = found
        wanted[list(untimed)] = False
        return seconds, untimed

    def _outside(self, seconds: Numbers, wanted: Bools) -> int:
        before = int(wanted.sum())
        since, end = self._options.bounds
        if since is not None:
            wanted &= seconds >= since
        if end is not None:
            wanted &= seconds < end
        return before - int(wanted.sum())

    def _groups(self, chunk: Chunk, wanted: Bools) -> tuple[Numbers, int]:
        """The group of every row, and how many rows belong to groups nobody asked for."""
        groups = np.zeros(len(chunk), dtype=np.int64)
        if self._options.by is None:
            return groups, 0
        cells = column(chunk, self._options.by)
        others: list[int] = []
        for row in np.flatnonzero(wanted).tolist():
            place = self._place(as_cell(cells[row]))
            if place is None:
                others.append(row)
            else:
                groups[row] = place
        wanted[others] = False
        return groups, len(others)

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

    def _stop(self, chunk: Chunk, unread: Mapping[int, str], untimed: Mapping[int, str]) -> None:
        row = min((*unread, *untimed), default=None)
        if row is None:
            return
        why = unread.get(row)
        if why is None:
            why = f"no time in column {self._options.time!r}: {untimed[row]}. {READABLE}"
        raise UnreadableFile(
            f"{chunk.place(row)}: {why}. Mend that row, or run without --strict to have such rows "
            "left out and counted."
        )

    def _leave_out(
        self, chunk: Chunk, unread: Mapping[int, str], untimed: Mapping[int, str], outside: int
    ) -> None:
        so_far = self.left_out
        self.left_out = LeftOut(
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

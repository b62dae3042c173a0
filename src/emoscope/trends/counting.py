"""Counting texts and labels by group and period, with memory for the counts alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from emoscope.errors import DataError
from emoscope.trends.periods import Every, Numbers, Span, main_range, names, numbers, starts

MOST_CELLS = 1_000_000
"""Groups times periods with texts; with 28 labels their counts take 230 MB."""

Index = npt.NDArray[np.intp]

_SPREAD = 1 << 33  # wider than all hours from the year 1 to the year 9999
_FIRST_ROWS = 64
_MOST_HOURS = 20_000
"""Counts by hour before days are counted, where the unit is still open."""


@dataclass(frozen=True, eq=False)
class Counts:
    """What was counted, for every period that has texts."""

    every: Every
    periods: Numbers
    """Shape (n_periods,), in order; periods without texts are left out."""
    texts: npt.NDArray[np.int64]
    """Shape (n_groups, n_periods)."""
    held: npt.NDArray[np.int64]
    """Texts that have a label, shape (n_groups, n_periods, n_labels)."""


class PeriodCounter:
    """Adds texts up, piece by piece.

    Without ``every`` the unit is chosen in the end, from the span of all times but outlying ones.
    Until then it counts by hour, and by day once those are many: other units are made of these.
    """

    def __init__(self, every: Every | None) -> None:
        self._every: Every = every or "hour"
        self._chosen = every
        self._span: Span | None = None
        self._rows: dict[int, int] = {}  # group and period -> row of the two below
        self._texts = np.zeros(_FIRST_ROWS, dtype=np.int64)
        self._held = np.zeros((_FIRST_ROWS, 1), dtype=np.int64)

    @property
    def empty(self) -> bool:
        """Whether no text has been counted."""
        return self._span is None

    def add(self, groups: Numbers, seconds: Numbers, texts: Index, labels: Index) -> None:
        """Count some texts.

        ``groups`` and ``seconds`` (n,) say where each belongs and when it was written; text
        ``texts[i]`` of them has label ``labels[i]``. Raises :class:`DataError` when there are more
        groups and periods than can be counted.
        """
        if not len(seconds):
            return
        here = Span.of(seconds)
        self._span = here if self._span is None else self._span.plus(here)
        if self._chosen is None and self._every == "hour" and len(self._rows) > _MOST_HOURS:
            self._change_unit("day")
        keys, cell = _unique(_keys(groups, numbers(seconds, self._every)))
        n_labels = max(self._held.shape[1], int(labels.max(initial=-1)) + 1)
        held = np.bincount(cell[texts] * n_labels + labels, minlength=len(keys) * n_labels)
        rows = self._find_rows(keys, n_labels)
        self._texts[rows] += np.bincount(cell, minlength=len(keys))
        self._held[rows] += held.reshape(len(keys), n_labels)

    def finish(self, n_groups: int, n_labels: int) -> Counts:
        """All counts; at least one text must have been added.

        Raises :class:`DataError` when groups times periods are too many.
        """
        if self._span is None:
            raise ValueError("nothing was counted; ask `empty` first")
        self._change_unit(self._chosen or self._unit(self._span))
        groups, periods = _parts(np.array(list(self._rows), dtype=np.int64))
        found, place = _unique(periods)
        if n_groups * len(found) > MOST_CELLS:
            raise self._too_many(n_groups, found)
        n = len(self._rows)
        texts = np.zeros((n_groups, len(found)), dtype=np.int64)
        held = np.zeros((*texts.shape, n_labels), dtype=np.int64)
        texts[groups, place] = self._texts[:n]
        known = min(n_labels, self._held.shape[1])
        held[groups, place, :known] = self._held[:n, :known]
        return Counts(self._every, found, texts, held)

    def _unit(self, span: Span) -> Every:
        """The unit that fits the span of all times but outlying ones."""
        _, periods = _parts(np.array(list(self._rows), dtype=np.int64))
        found, place = _unique(periods)
        begun = starts(found, self._every).astype(np.int64)
        texts = np.bincount(place, self._texts[: len(self._rows)]).astype(np.int64)
        first, last = main_range(begun, texts)
        if first > 0:
            span = replace(span, first=int(begun[first]))
        if last < len(found) - 1:
            span = replace(span, last=int(begun[last]))
        unit = span.unit()
        return "day" if unit == "hour" and self._every == "day" else unit

    def _change_unit(self, every: Every) -> None:
        if every == self._every:
            return
        groups, periods = _parts(np.array(list(self._rows), dtype=np.int64))
        begun = starts(periods, self._every).astype(np.int64)
        keys, cell = _unique(_keys(groups, numbers(begun, every)))
        old_texts, old_held, n = self._texts, self._held, len(self._rows)
        self._every = every
        self._rows = {key: row for row, key in enumerate(keys.tolist())}
        self._texts = np.zeros(len(keys), dtype=np.int64)
        self._held = np.zeros((len(keys), old_held.shape[1]), dtype=np.int64)
        np.add.at(self._texts, cell, old_texts[:n])
        np.add.at(self._held, cell, old_held[:n])

    def _find_rows(self, keys: Numbers, n_labels: int) -> Index:
        """The row of each key, with room for new ones and for ``n_labels``."""
        rows = np.array(
            [self._rows.setdefault(key, len(self._rows)) for key in keys.tolist()], dtype=np.intp
        )
        have, need = len(self._texts), len(self._rows)
        if need > MOST_CELLS:
            groups, periods = _parts(keys)
            raise self._too_many(int(groups.max()) + 1, periods)
        if need > have or n_labels > self._held.shape[1]:
            size = max(need, 2 * have) if need > have else have
            texts, held = self._texts, self._held
            self._texts = np.zeros(size, dtype=np.int64)
            self._held = np.zeros((size, n_labels), dtype=np.int64)
            self._texts[:have] = texts
            self._held[:have, : held.shape[1]] = held
        return rows

    def _too_many(self, n_groups: int, periods: Numbers) -> DataError:
        first, last = names(periods[[0, -1]], self._every)
        return DataError(
            f"These are more than {MOST_CELLS:,} counts: {n_groups:,} group"
            f"{'s' * (n_groups != 1)}, every {self._every}, with times such as {first} and {last}. "
            "Choose a longer period with --every, name some groups with --groups, or leave out "
            "wrong times with --since and --before."
        )


def _keys(groups: Numbers, periods: Numbers) -> Numbers:
    return groups * _SPREAD + periods + _SPREAD // 2


def _parts(keys: Numbers) -> tuple[Numbers, Numbers]:
    """(groups, periods), the inverse of :func:`_keys`."""
    return keys // _SPREAD, keys % _SPREAD - _SPREAD // 2


def _unique(keys: Numbers) -> tuple[Numbers, Index]:
    found, places = np.unique(keys, return_inverse=True)
    return found, places.reshape(-1)  # numpy 2.0.0 alone gives it another shape

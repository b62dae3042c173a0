"""Which share moves furthest, and whether that is more than chance.

Looking for the largest of many differences finds one in pure noise as well. So the intervals that
are compared hold together: each misses with the probability 0.05 divided by their number
(Bonferroni), so that in 95 of 100 such tables not one of them misses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoscope.trends.result import Trends

_MISSES = 0.05


@dataclass(frozen=True)
class Change:
    """Two periods of one group in which a label is rare and frequent."""

    label: str
    group: str
    rare: str
    """Period in which the label is rarer."""
    rare_share: float
    frequent: str
    """Period in which it is more frequent."""
    frequent_share: float
    beyond_chance: bool
    """Whether the intervals of both, wide enough for all shares at once, do not meet."""
    shares: int
    """How many shares were looked at."""


def furthest_change(trends: Trends) -> Change | None:
    """The two periods that most surely differ; None where no group has texts in two periods."""
    shares = int((trends.texts > 0).sum()) * len(trends.labels)
    if not shares or (trends.texts > 0).sum(axis=1).max() < 2:
        return None
    low, high = trends.interval(1.0 - _MISSES / shares)
    # The period that is surest to be high has the highest lower end, not the highest share, which
    # may be one text of one.
    top = np.where(np.isnan(low), -np.inf, low).argmax(axis=1)
    bottom = np.where(np.isnan(high), np.inf, high).argmin(axis=1)
    apart = _at(low, top) - _at(high, bottom)
    apart[(trends.texts > 0).sum(axis=1) < 2] = -np.inf
    group, label = np.unravel_index(int(apart.argmax()), apart.shape)
    first, last = int(bottom[group, label]), int(top[group, label])
    periods, share = trends.periods, trends.share
    return Change(
        label=trends.labels[label],
        group=trends.groups[group],
        rare=periods[first],
        rare_share=float(share[group, first, label]),
        frequent=periods[last],
        frequent_share=float(share[group, last, label]),
        beyond_chance=bool(apart[group, label] > 0),
        shares=shares,
    )


def _at(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    periods: np.ndarray[tuple[int, ...], np.dtype[np.intp]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """``values`` (n_groups, n_periods, n_labels) at one period for each group and label."""
    return np.take_along_axis(values, periods[:, None, :], axis=1)[:, 0, :]

"""Bootstrap intervals of metrics, and paired comparisons of two predictions.

Texts are drawn with replacement, as many as there are, a thousand times; the middle 95 % of a
metric's values are its interval (the percentile method, Efron 1979). It measures the uncertainty of
the test sample, not that of another training seed.

A rare label can be missing from a resample: with 6 texts in 1 of 400 (``exp(-6)``), with 1 text in
1 of 3. Macro averages of that resample leave it out (:mod:`emoscope.metrics.counts`); counted as 0,
it would pull the interval below the value itself. Percentile intervals can miss their estimate for
other reasons too (few texts, a ratio that is undefined in many resamples); one that does is not
given.

Cost: one matrix product, see :mod:`emoscope.metrics.contributions`; 1,000 resamples of 5,427 texts
with 28 labels take a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Floats
from emoscope.errors import DecisionError
from emoscope.metrics.contributions import (
    SampleSums,
    contributions,
    split_sums,
    sum_contributions,
)
from emoscope.metrics.headline import headline
from emoscope.metrics.inputs import check_decisions
from emoscope.taxonomy import Task

RESAMPLES = 1000
LEVEL = 0.95
_ROUNDING = 1e-12
_WEIGHTS_AT_ONCE = 2_000_000  # 16 MB of float64, whatever the size of the test set


@dataclass(frozen=True)
class PairedDifference:
    """One metric of two predictions on the same texts."""

    first: float
    second: float
    difference: float
    """``second - first``."""
    low: float
    high: float
    """Interval of the difference; NaN, like ``p_value``, when it would not hold the difference."""
    p_value: float
    """Two-sided: how often resampling turns the sign of the difference, doubled."""


def draw_weights(n_texts: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each text is drawn, in blocks (some, n_texts) that sum to ``n_texts`` a row.

    The draws depend on the seed alone, not on the size of the blocks.
    """
    if resamples < 1:
        raise DecisionError(f"{resamples} bootstrap resamples were asked for; give at least one.")
    if seed < 0:
        raise DecisionError(f"The bootstrap seed is {seed}; give 0 or a positive whole number.")
    rng = np.random.default_rng(seed)
    step = max(1, _WEIGHTS_AT_ONCE // n_texts)
    for start in range(0, resamples, step):
        some = min(step, resamples - start)
        # drawing texts and counting them is faster than rng.multinomial, and the same distribution
        drawn = rng.integers(n_texts, size=(some, n_texts))
        drawn += np.arange(some)[:, None] * n_texts
        counted = np.bincount(drawn.ravel(), minlength=some * n_texts)
        yield counted.reshape(some, n_texts).astype(np.float64)


def resample(contributed: Floats, resamples: int, seed: int) -> SampleSums:
    """Sums over the texts of every resample, arrays (resamples, ...).

    ``contributed`` comes from :func:`emoscope.metrics.contributions.contributions`. The same
    seed draws the same texts, so two predictions resampled with one seed are paired.
    """
    blocks = draw_weights(len(contributed), resamples, seed)
    return split_sums(
        np.concatenate([weights @ contributed for weights in blocks]), len(contributed)
    )


def bootstrap_intervals(
    task: Task,
    truth: npt.ArrayLike,
    predicted: npt.ArrayLike,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of the headline metrics, name -> (low, high).

    A metric whose interval would not hold its value has none. ``truth`` and ``predicted`` are 0/1
    (n, n_labels). Raises :class:`DecisionError` or :class:`DataError` for arrays that do not fit.
    """
    contributed = contributions(*check_decisions(task, truth, predicted))
    points = headline(task, sum_contributions(contributed))
    resampled = headline(task, resample(contributed, resamples, seed))
    ends = {
        name: percentile_interval(point, resampled[name], level) for name, point in points.items()
    }
    return {
        name: (float(low), float(high)) for name, (low, high) in ends.items() if not np.isnan(low)
    }


def compare_paired(
    task: Task,
    truth: npt.ArrayLike,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> dict[str, PairedDifference]:
    """Compare two predictions on the same texts, metric by metric.

    Each resample draws the same texts for both, so what makes a text hard for both cancels out. The
    p-value doubles the smaller share of resamples on either side of no difference (no difference
    itself counts for both sides), with one added to both counts so that it is never 0: the smallest
    possible value is 2 / (resamples + 1).
    """
    parts = [
        contributions(*check_decisions(task, truth, given, name=name))
        for name, given in (("first", first), ("second", second))
    ]
    points = [headline(task, sum_contributions(part)) for part in parts]
    resampled = [headline(task, resample(part, resamples, seed)) for part in parts]
    return {
        name: _difference(
            points[0][name], points[1][name], resampled[1][name] - resampled[0][name], level
        )
        for name in points[0]
    }


def _difference(
    first: Floats, second: Floats, differences: Floats, level: float
) -> PairedDifference:
    low, high = percentile_interval(second - first, differences, level)
    return PairedDifference(
        first=float(first),
        second=float(second),
        difference=float(second - first),
        low=float(low),
        high=float(high),
        p_value=float(np.where(np.isnan(low), np.nan, two_sided_p(differences))),
    )


def percentile_interval(
    value: Floats, resampled: Floats, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Lower and upper ends, (...), of ``resampled`` (resamples, ...) around ``value`` (...).

    Resamples in which a value is undefined are NaN and do not count. Both ends are NaN where they
    would not hold the value, and where more than ``1 - level`` of the resamples are undefined: too
    few texts to draw from. Raises :class:`DecisionError` for a level outside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise DecisionError(f"An interval of level {level} does not exist; 0.95 is usual.")
    known = np.isfinite(resampled)
    enough = known.mean(axis=0) >= level
    # a column that is given no interval anyway is set to its value, since NaN quantiles warn
    filled = np.where(enough, resampled, np.nan_to_num(value))
    tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
    quantile = np.quantile if known.all() else np.nanquantile
    low, high = quantile(filled, tails, axis=0)
    # sums in another order differ in the last places; such an end is the value
    holds = enough & (low <= value + _ROUNDING) & (value - _ROUNDING <= high)
    return (
        np.where(holds, np.minimum(low, value), np.nan),
        np.where(holds, np.maximum(high, value), np.nan),
    )


def two_sided_p(differences: Floats) -> Floats:
    """P-values (...) of ``differences`` (resamples, ...) being zero; NaN entries do not count."""
    smaller = np.minimum((differences <= 0).sum(axis=0), (differences >= 0).sum(axis=0))
    n_defined = np.isfinite(differences).sum(axis=0)
    return np.asarray(np.minimum(1.0, 2.0 * (smaller + 1) / (n_defined + 1)))

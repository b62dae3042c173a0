"""Values with intervals: bootstrap for precision, recall and F1 of labels, Wilson for shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emoscope.arrays import Bools, Floats, Rows
from emoscope.metrics.bootstrap import RESAMPLES, percentile_interval, resample
from emoscope.metrics.contributions import contributions
from emoscope.metrics.counts import count
from emoscope.metrics.wilson import wilson

FEW_TEXTS = 30
"""With fewer texts than this, the numbers of a label are uncertain."""


@dataclass(frozen=True, eq=False)
class Estimates:
    """Values and the ends of their intervals, all of one shape.

    An interval contains its value, or both ends are NaN: it is not given.
    """

    value: Floats
    low: Floats
    high: Floats

    def __getitem__(self, rows: Rows) -> Estimates:
        return Estimates(self.value[rows], self.low[rows], self.high[rows])

    def cells(self, j: int, name: str = "") -> dict[str, float]:
        """Value and ends at place ``j``, as ``name``, ``name_low`` and ``name_high``."""
        ends = {f"{name}_low": float(self.low[j]), f"{name}_high": float(self.high[j])}
        return {name: float(self.value[j]), **ends}

    def where(self, known: Bools) -> Estimates:
        """The same with NaN where ``known`` is False."""
        return Estimates(
            *(np.where(known, part, np.nan) for part in (self.value, self.low, self.high))
        )


@dataclass(frozen=True, eq=False)
class LabelEstimates:
    """Precision, recall and F1 of every label, (n_labels,) each; NaN without a text."""

    precision: Estimates
    recall: Estimates
    f1: Estimates


def estimate_labels(
    truth: Bools, predicted: Bools, *, resamples: int = RESAMPLES, seed: int = 0
) -> LabelEstimates:
    """Measure every label with a 95 % percentile interval; both arguments (n, n_labels).

    The texts are drawn as for the headline metrics: the same seed draws the same texts. Resamples
    that lack the label, or for precision any prediction of it, do not count.
    """
    point = count(truth, predicted)
    resampled = resample(contributions(truth, predicted), resamples, seed).counts
    occurs = resampled.support > 0

    def estimate(name: str, defined: Bools) -> Estimates:
        values = np.where(defined, getattr(resampled, name), np.nan)
        return bootstrap_estimates(getattr(point, name), values).where(point.support > 0)

    return LabelEstimates(
        precision=estimate("precision", occurs & (resampled.predicted > 0)),
        recall=estimate("recall", occurs),
        f1=estimate("f1", occurs),
    )


def bootstrap_estimates(value: Floats, resampled: Floats) -> Estimates:
    """``value`` (...) with its 95 % percentile interval over ``resampled`` (resamples, ...)."""
    return Estimates(np.asarray(value), *percentile_interval(value, resampled))


def share_estimates(hits: Floats, trials: Floats) -> Estimates:
    """Shares with their 95 % interval, see :mod:`emoscope.metrics.wilson`; NaN without trials."""
    low, high = wilson(hits, trials)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Estimates(hits / trials, low, high)

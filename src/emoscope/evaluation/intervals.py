"""Values with their bootstrap intervals, label by label and for parts of a test set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.metrics.bootstrap import LEVEL, RESAMPLES, draw_weights
from emoscope.metrics.contributions import contributions, tally
from emoscope.metrics.counts import Counts, count
from emoscope.metrics.wilson import wilson as interval

Vector = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Estimates:
    """Values and the ends of their intervals, all of one shape."""

    value: Vector
    low: Vector
    high: Vector

    def __getitem__(self, rows: npt.NDArray[np.intp]) -> Estimates:
        return Estimates(self.value[rows], self.low[rows], self.high[rows])

    def where(self, known: Bools) -> Estimates:
        """The same with NaN where ``known`` is False."""
        return Estimates(
            *(np.where(known, part, np.nan) for part in (self.value, self.low, self.high))
        )


@dataclass(frozen=True, eq=False)
class LabelEstimates:
    """Precision, recall and F1 of every label, (n_labels,) each."""

    precision: Estimates
    recall: Estimates
    f1: Estimates


def estimate_labels(
    truth: Bools, predicted: Bools, *, resamples: int = RESAMPLES, seed: int = 0
) -> LabelEstimates:
    """Measure every label with a 95 % percentile interval; both arguments (n, n_labels).

    The texts are drawn as for the headline metrics: the same seed draws the same texts.
    """
    point = count(truth, predicted)
    drawn = resampled_counts(truth, predicted, resamples=resamples, seed=seed)
    return LabelEstimates(
        precision=spread(point.precision, drawn.precision),
        recall=spread(point.recall, drawn.recall),
        f1=spread(point.f1, drawn.f1),
    )


def resampled_counts(truth: Bools, predicted: Bools, *, resamples: int, seed: int) -> Counts:
    """Counts of every bootstrap resample; arrays of shape (resamples, n_labels)."""
    contributed = contributions(truth, predicted)
    blocks = [
        tally(contributed, weights).counts for weights in draw_weights(len(truth), resamples, seed)
    ]
    return Counts(
        np.concatenate([block.true_positive for block in blocks]),
        np.concatenate([block.predicted for block in blocks]),
        np.concatenate([block.support for block in blocks]),
    )


def spread(value: Vector, drawn: Vector, level: float = LEVEL) -> Estimates:
    """Percentile interval over the first axis of ``drawn``, (resamples, ...) around (...)."""
    low, high = np.quantile(drawn, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
    return Estimates(np.asarray(value), np.asarray(low), np.asarray(high))


def wilson(hits: Vector, trials: Vector) -> Estimates:
    """Shares with their 95 % interval, see :mod:`emoscope.metrics.wilson`; NaN without trials."""
    low, high = interval(hits, trials)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Estimates(hits / trials, low, high)

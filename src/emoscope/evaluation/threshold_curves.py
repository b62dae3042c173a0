"""Precision, recall and F1, and risk and coverage, as a threshold moves.

Risk and coverage are those of El-Yaniv and Wiener, "On the foundations of noise-free selective
classification", Journal of Machine Learning Research 11 (2010); risk is one minus accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats, Rows
from emoscope.metrics.counts import Counts, count, macro
from emoscope.metrics.ranking import cumulative_hits

GRID: Floats = np.linspace(0.0, 1.0, 201)
"""Thresholds that curves over thresholds are drawn at."""


@dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """A precision-recall curve, from the highest threshold down; (n_points,) each."""

    recall: Floats
    precision: Floats


@dataclass(frozen=True, eq=False)
class Sweep:
    """F1 at each threshold of a grid, the same threshold for all labels."""

    thresholds: Floats
    """(n_thresholds,)."""
    per_label: Floats
    """(n_thresholds, n_labels); NaN for a label that no text has."""
    macro: Floats
    """(n_thresholds,); over the labels that a text has."""
    micro: Floats
    """(n_thresholds,)."""


def precision_recall_curve(
    truth: Bools, probabilities: npt.ArrayLike, levels: int = 150
) -> PrecisionRecall:
    """Curve of one label, or of many pooled: both (n,), or (n, n_labels) taken together.

    Equal probabilities enter together. While recall is constant precision falls: of every level of
    recall the first and the last point are kept, and at most about ``levels`` levels, a resolution
    finer than a plot's. Empty when no text has the label.
    """
    true, given = truth.ravel(), np.asarray(probabilities, dtype=np.float64).ravel()
    n_true = int(true.sum())
    if n_true == 0:
        return PrecisionRecall(np.empty(0), np.empty(0))
    found, predicted = cumulative_hits(true, given)
    starts = np.flatnonzero(np.diff(found, prepend=-1))
    ends = np.append(starts[1:] - 1, len(found) - 1)
    shown = np.unique(np.linspace(0, len(starts) - 1, levels).round().astype(np.intp))
    kept = np.unique(np.concatenate([starts[shown], ends[shown]]))
    return PrecisionRecall(found[kept] / n_true, found[kept] / predicted[kept])


def sweep(truth: Bools, probabilities: npt.ArrayLike, thresholds: Floats = GRID) -> Sweep:
    """F1 of thresholding alone (no rule for empty texts); arguments (n, n_labels)."""
    given = np.asarray(probabilities, dtype=np.float64)
    hits, predicted = np.empty((2, len(thresholds), truth.shape[1]))
    for j in range(truth.shape[1]):
        predicted[:, j] = _at_least(given[:, j], thresholds)
        hits[:, j] = _at_least(given[truth[:, j], j], thresholds)
    support = truth.sum(axis=0, dtype=np.float64)
    counts = Counts(hits, predicted, np.broadcast_to(support, hits.shape))
    return Sweep(
        thresholds,
        counts.measured("f1"),
        macro(counts.f1, counts.support),
        counts.pooled().f1[:, 0],
    )


def f1_at(truth: Bools, probabilities: npt.ArrayLike, thresholds: npt.ArrayLike) -> Floats:
    """F1 of every label at a threshold of its own, (n_labels,); NaN where no text has the label."""
    given = np.asarray(probabilities, dtype=np.float64) >= np.asarray(thresholds)
    return count(truth, given).measured("f1")


def _at_least(values: Floats, thresholds: Floats) -> Rows:
    return len(values) - np.searchsorted(np.sort(values), thresholds, side="left")


def risk_coverage_curve(
    correct: Bools, confidence: Floats, thresholds: Floats
) -> tuple[Floats, Floats]:
    """Accuracy on the texts answered, and their share, at each threshold; (n_thresholds,) each.

    ``correct`` and ``confidence`` (n_texts,): whether the most probable label is true, and its
    probability. Accuracy is NaN where no text is answered.
    """
    answered = confidence[None, :] >= thresholds[:, None]
    n_answered = answered.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = (answered & correct[None, :]).sum(axis=1) / n_answered
    return np.asarray(accuracy), n_answered / len(confidence)

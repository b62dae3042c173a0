"""Precision, recall and F1 as a threshold moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

GRID: Vector = np.linspace(0.0, 1.0, 201)
"""Thresholds that curves over thresholds are drawn at."""


@dataclass(frozen=True, eq=False)
class PrecisionRecall:
    """A precision-recall curve, from the highest threshold down; (n_points,) each."""

    recall: Vector
    precision: Vector


@dataclass(frozen=True, eq=False)
class Sweep:
    """F1 at each threshold of a grid, the same threshold for all labels."""

    thresholds: Vector
    """(n_thresholds,)."""
    per_label: Vector
    """(n_thresholds, n_labels); NaN for a label that no text has."""
    micro: Vector
    """(n_thresholds,)."""

    @property
    def macro(self) -> Vector:
        """Mean over all labels, those without a text counting 0, (n_thresholds,)."""
        return np.asarray(np.nan_to_num(self.per_label).mean(axis=1))


def precision_recall(
    truth: Bools, probabilities: npt.ArrayLike, levels: int = 150
) -> PrecisionRecall:
    """Curve of one label, or of many pooled: both (n,), or (n, n_labels) taken together.

    Equal probabilities enter together. While recall stands still precision falls: of every level of
    recall the first and the last point are kept, and at most about ``levels`` levels, which no eye
    can tell from all of them. Empty when no text has the label.
    """
    true, given = truth.ravel(), np.asarray(probabilities, dtype=np.float64).ravel()
    n_true = int(true.sum())
    if n_true == 0:
        return PrecisionRecall(np.empty(0), np.empty(0))
    order = np.argsort(-given, kind="stable")
    ordered = given[order]
    last_of_tie = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    found = np.cumsum(true[order])[last_of_tie]
    starts = np.flatnonzero(np.diff(found, prepend=-1))
    ends = np.append(starts[1:] - 1, len(found) - 1)
    shown = np.unique(np.linspace(0, len(starts) - 1, levels).round().astype(np.intp))
    kept = np.unique(np.concatenate([starts[shown], ends[shown]]))
    return PrecisionRecall(found[kept] / n_true, found[kept] / (last_of_tie[kept] + 1.0))


def sweep(truth: Bools, probabilities: npt.ArrayLike, thresholds: Vector = GRID) -> Sweep:
    """F1 of thresholding alone (no rule for empty texts); arguments (n, n_labels)."""
    given = np.asarray(probabilities, dtype=np.float64)
    n_labels = truth.shape[1]
    passed = np.empty((len(thresholds), n_labels))
    hits = np.empty((len(thresholds), n_labels))
    for j in range(n_labels):
        column = given[:, j]
        passed[:, j] = _at_least(column, thresholds)
        hits[:, j] = _at_least(column[truth[:, j]], thresholds)
    support = truth.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore"):
        per_label = 2.0 * hits / (passed + support)
    per_label[:, support == 0] = np.nan
    total = passed.sum(axis=1) + support.sum()
    micro = np.divide(2.0 * hits.sum(axis=1), total, out=np.zeros(len(thresholds)), where=total > 0)
    return Sweep(thresholds, per_label, micro)


def f1_at(truth: Bools, probabilities: npt.ArrayLike, thresholds: npt.ArrayLike) -> Vector:
    """F1 of every label at a threshold of its own, (n_labels,); NaN where no text has the label."""
    passed = np.asarray(probabilities, dtype=np.float64) >= np.asarray(thresholds)
    support = truth.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore"):
        f1 = 2.0 * (truth & passed).sum(axis=0) / (passed.sum(axis=0) + support)
    return np.where(support > 0, f1, np.nan)


def _at_least(values: Vector, thresholds: Vector) -> npt.NDArray[np.intp]:
    return len(values) - np.searchsorted(np.sort(values), thresholds, side="left")

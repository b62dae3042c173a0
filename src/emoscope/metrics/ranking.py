"""Metrics of the order that scores give: ROC-AUC and average precision, no threshold involved.

Undefined values are NaN: ROC-AUC of a label that all texts or no texts have, average precision of a
label that no text has. Macro averages leave them out, and :class:`MacroAverage` says how many
labels were averaged; scikit-learn instead warns and gives NaN or 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats, Ints
from emoscope.metrics.inputs import check_scored

_PAIRS_AT_ONCE = 4_000_000  # comparisons held in memory together by label_ranking_average_precision


class MacroAverage(NamedTuple):
    """A mean over the labels for which a metric is defined."""

    value: float
    n_labels: int


def roc_auc(truth: npt.ArrayLike, scores: npt.ArrayLike) -> Floats:
    """Area under the ROC curve of each label against the rest: (n, n_labels) -> (n_labels,)."""
    true, given = check_scored(truth, scores)
    return np.array([_roc_auc(true[:, j], given[:, j]) for j in range(true.shape[1])])


def average_precision(truth: npt.ArrayLike, scores: npt.ArrayLike) -> Floats:
    """Average precision of each label: (n, n_labels) -> (n_labels,)."""
    true, given = check_scored(truth, scores)
    return np.array([_average_precision(true[:, j], given[:, j]) for j in range(true.shape[1])])


def micro_roc_auc(truth: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """ROC-AUC over all text-label pairs together."""
    true, given = check_scored(truth, scores)
    return _roc_auc(true.ravel(), given.ravel())


def micro_average_precision(truth: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """Average precision over all text-label pairs together."""
    true, given = check_scored(truth, scores)
    return _average_precision(true.ravel(), given.ravel())


def macro_of_defined(values: Floats) -> MacroAverage:
    """Mean of the values that are not NaN, with their number; NaN and 0 when there is none."""
    defined = values[~np.isnan(values)]
    return MacroAverage(float(defined.mean()) if defined.size else float("nan"), defined.size)


def weighted_of_defined(values: Floats, support: Floats) -> float:
    """Mean of the values that are not NaN, weighted by ``support``; NaN when there is no weight."""
    defined = ~np.isnan(values)
    total = float(support[defined].sum())
    return float((values[defined] * support[defined]).sum() / total) if total else float("nan")


def label_ranking_average_precision(truth: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """Mean over texts of how well the true labels are ranked above the others, in (0, 1].

    For each true label: of the labels scored at least as high, the share that are true. A text with
    no true label, or with all of them, cannot be ranked wrongly and counts 1.
    """
    true, given = check_scored(truth, scores)
    n_texts, n_labels = true.shape
    rows, columns = np.nonzero(true)
    share = np.empty(len(rows))
    step = max(1, _PAIRS_AT_ONCE // n_labels)
    for start in range(0, len(rows), step):
        some = slice(start, start + step)
        above = given[rows[some]] >= given[rows[some], columns[some]][:, None]
        share[some] = (above & true[rows[some]]).sum(axis=1) / above.sum(axis=1)
    held = true.sum(axis=1)
    summed = np.bincount(rows, weights=share, minlength=n_texts)
    return float(np.where(held > 0, summed / np.maximum(held, 1), 1.0).mean())


def _roc_auc(truth: Bools, scores: Floats) -> float:
    """Mann-Whitney form: the chance that a true text scores above another, a tie counting half."""
    n_true = int(truth.sum())
    n_other = len(truth) - n_true
    if n_true == 0 or n_other == 0:
        return float("nan")
    rank_sum = float(_mean_ranks(scores)[truth].sum())
    return (rank_sum - n_true * (n_true + 1) / 2.0) / (n_true * n_other)


def _mean_ranks(values: Floats) -> Floats:
    """Ranks 1..n, (n,); equal values share the mean of the ranks they take up."""
    _, place, size = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(size) - (size - 1) / 2.0)[place.reshape(-1)])


def rank_correlation(x: Floats, y: Floats) -> float:
    """Spearman's rank correlation of two (n,); equal values share their mean rank."""
    return float(np.corrcoef(_mean_ranks(x), _mean_ranks(y))[0, 1])


def cumulative_hits(truth: Bools, scores: Floats) -> tuple[Ints, Ints]:
    """True positives and predictions at each distinct score as threshold, from the highest down.

    Texts with equal scores enter together. Both (n_thresholds,), of two (n,).
    """
    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    return np.cumsum(truth[order])[last_of_tie], last_of_tie + 1


def _average_precision(truth: Bools, scores: Floats) -> float:
    """Sum of precision times the gain in recall over the distinct scores; no interpolation."""
    n_true = int(truth.sum())
    if n_true == 0:
        return float("nan")
    found, predicted = cumulative_hits(truth, scores)
    return float((found / predicted * np.diff(found, prepend=0)).sum() / n_true)

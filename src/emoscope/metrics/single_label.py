"""The headline metrics of a single-label task, the confusion matrix, and top-k accuracy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Floats, Ints
from emoscope.errors import DecisionError
from emoscope.metrics.contributions import SampleSums
from emoscope.metrics.counts import Counts, macro, ratio, weighted
from emoscope.metrics.inputs import check_decisions, check_one_label_each, check_scored


def single_label_headline(sums: SampleSums) -> dict[str, Floats]:
    """Name -> value, or (n_resamples,) values when ``sums`` has a leading axis.

    Macro averages run over the labels that occur, see :mod:`emoscope.metrics.counts`; macro recall
    is therefore balanced accuracy as scikit-learn defines it, and both names are given.
    """
    counts = sums.counts
    macro_recall = macro(counts.recall, counts.support)
    return {
        "accuracy": sums.exact / sums.n_texts,
        "balanced_accuracy": macro_recall,
        "macro_f1": macro(counts.f1, counts.support),
        "weighted_f1": weighted(counts.f1, counts.support),
        "macro_precision": macro(counts.precision, counts.support),
        "weighted_precision": weighted(counts.precision, counts.support),
        "macro_recall": macro_recall,
        "mcc": matthews(counts, sums.n_texts),
    }


def matthews(counts: Counts, n_texts: int) -> Floats:
    """Matthews correlation coefficient for K labels (Gorodkin 2004, R_K), from counts alone.

    0 when all texts have, or were given, the same label.
    """
    right = counts.true_positive.sum(axis=-1)
    covariance = right * n_texts - (counts.predicted * counts.support).sum(axis=-1)
    of_predicted = n_texts**2 - (counts.predicted**2).sum(axis=-1)
    of_truth = n_texts**2 - (counts.support**2).sum(axis=-1)
    return ratio(np.asarray(covariance), np.sqrt(of_predicted) * np.sqrt(of_truth))


def confusion_matrix(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> Ints:
    """Counts (n_labels, n_labels): the row is the true label, the column the predicted one."""
    true, given = check_decisions("single_label", truth, predicted)
    n_labels = true.shape[1]
    cell = true.argmax(axis=1) * n_labels + given.argmax(axis=1)
    return np.bincount(cell, minlength=n_labels**2).reshape(n_labels, n_labels).astype(np.int64)


def top_k_accuracy(truth: npt.ArrayLike, scores: npt.ArrayLike, k: int) -> float:
    """Share of texts whose true label is among the ``k`` best; a label tied with it ranks above."""
    true, given = check_scored(truth, scores)
    check_one_label_each("truth", true)
    if not 1 <= k <= true.shape[1]:
        raise DecisionError(f"top-k with k = {k}: give 1 to {true.shape[1]}, the number of labels.")
    of_true = given[true][:, None]  # one score a text, in row order, since each row holds one label
    rank = (given >= of_true).sum(axis=1)
    return float((rank <= k).mean())

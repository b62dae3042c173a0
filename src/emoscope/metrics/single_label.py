"""The confusion matrix and top-k accuracy of a single-label task."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Ints
from emoscope.errors import DecisionError
from emoscope.metrics.inputs import check_decisions, check_one_label_each, check_scored


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

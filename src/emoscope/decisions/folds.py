"""Folds for cross-validation inside one split, rare labels dealt out evenly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]


def draw_folds(truth: npt.NDArray[np.bool_], folds: int, seed: int) -> npt.NDArray[np.intp]:
    """Fold of each text, shape (n,), for truth of shape (n, n_labels).

    Texts are grouped by their rarest label, shuffled within the group and dealt like cards, so
    that 13 positives fall as 3, 3, 3, 2, 2 into five folds unless a rarer label has drawn them.
    """
    n, n_labels = truth.shape
    by_rarity = np.argsort(truth.sum(axis=0), kind="stable")
    ranked = truth[:, by_rarity]
    group = np.where(ranked.any(axis=1), ranked.argmax(axis=1), n_labels)
    shuffled = np.random.default_rng(seed).permutation(n)
    dealt = shuffled[np.argsort(group[shuffled], kind="stable")]
    fold = np.empty(n, dtype=np.intp)
    fold[dealt] = np.arange(n) % folds
    return fold

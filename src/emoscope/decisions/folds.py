"""Folds for cross-validation inside one split, stratified by rare labels."""

from __future__ import annotations

import numpy as np

from emoscope.arrays import Bools, Rows


def draw_folds(truth: Bools, folds: int, seed: int) -> Rows:
    """Fold of each text, shape (n,), for truth of shape (n, n_labels).

    Texts are grouped by their rarest label, shuffled within the group and assigned to
    the folds in turn, so that 13 positives fall as 3, 3, 3, 2, 2 into five folds, unless a rarer
    label has drawn them.
    """
    n, n_labels = truth.shape
    by_rarity = np.argsort(truth.sum(axis=0), kind="stable")
    ranked = truth[:, by_rarity]
    group = np.where(ranked.any(axis=1), ranked.argmax(axis=1), n_labels)
    shuffled = np.random.default_rng(seed).permutation(n)
    ordered = shuffled[np.argsort(group[shuffled], kind="stable")]
    fold = np.empty(n, dtype=np.intp)
    fold[ordered] = np.arange(n) % folds
    return fold

"""Steadier thresholds: averaged over bootstrap resamples, then shrunk toward one for all labels.

The maximiser on one sample jumps with the few texts around it; its average over resamples moves
less (bagging). What is averaged is how many texts pass, not the probability at the cut: that number
does not depend on the calibration, and a few resamples with a cut far out cannot drag it along.
What noise is left weighs most where positives are few, so a label with N positives keeps
``N / (N + 10)`` of its own threshold and takes the rest, in log-odds, from the one tuned for all.
"""

from __future__ import annotations

import numpy as np

from emoscope.arrays import Floats
from emoscope.decisions.activation import inverse, sigmoid
from emoscope.decisions.thresholds import Ranking, fit_global

RESAMPLES = 30
HALF_TRUST = 10.0
"""Positives at which a label's own threshold and the global one count the same."""


def fit_shrunk(ranking: Ranking, passing: Floats) -> Floats:
    """Thresholds, shape (n_labels,), from ``passing`` texts a label as :func:`mean_passing` gives.

    Aims at macro-F1, where every label's threshold stands on its own.
    """
    last = np.clip(np.rint(passing).astype(np.intp) - 1, 0, ranking.hits.shape[1] - 1)
    own = np.take_along_axis(ranking.cuts(), last[:, None], axis=1)[:, 0]
    common = fit_global(ranking)
    trust = ranking.positives / (ranking.positives + HALF_TRUST)
    blended = trust * inverse(own, "multi_label") + (1 - trust) * inverse(common, "multi_label")
    return np.where(ranking.positives > 0, sigmoid(blended), common)


def mean_passing(ranking: Ranking, seed: int = 0, resamples: int = RESAMPLES) -> Floats:
    """Texts that pass at each label's best cut, shape (n_labels,), averaged over resamples.

    A resample without a positive of the label is left out; without any, the answer is 1.
    """
    n_labels, n = ranking.hits.shape
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), size=resamples)
    weights = weights.astype(np.float32)  # (resamples, n): how often each text was drawn
    possible = ranking.possible()
    held = np.diff(ranking.hits, axis=1, prepend=0.0).astype(np.float32)
    passing = np.ones(n_labels)
    for label in range(n_labels):
        drawn = weights[:, ranking.order[label]]
        hits = np.cumsum(drawn * held[label], axis=1)
        positives = hits[:, -1:]
        usable = positives[:, 0] > 0
        if usable.any():
            f1 = hits / np.maximum(np.cumsum(drawn, axis=1) + positives, 1.0)
            best = np.argmax(np.where(possible[label], f1, -1.0), axis=1)
            passing[label] = 1.0 + best[usable].mean()
    return passing

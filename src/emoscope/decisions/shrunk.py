"""Steadier thresholds: averaged over bootstrap resamples, then shrunk toward one for all labels.

The maximiser on one sample jumps with the few texts around it; its average over resamples moves
less (bagging). What noise is left weighs most where positives are few, so a label with N positives
keeps ``N / (N + 30)`` of its own average and takes the rest from the global threshold.
"""

from __future__ import annotations

import numpy as np

from emoscope.decisions.options import Objective
from emoscope.decisions.thresholds import Ranking, Vector, fit_global, fit_raw

RESAMPLES = 30
HALF_TRUST = 30.0
"""Positives at which a label's own threshold and the global one count the same."""


def fit_shrunk(ranking: Ranking, objective: Objective = "macro_f1", seed: int = 0) -> Vector:
    """Thresholds, shape (n_labels,); under ``micro_f1`` only the shrinking applies."""
    common = fit_global(ranking, objective)
    own = fit_raw(ranking, objective) if objective == "micro_f1" else _averaged(ranking, seed)
    trust = ranking.positives / (ranking.positives + HALF_TRUST)
    return np.where(
        ranking.positives > 0, trust * np.nan_to_num(own) + (1 - trust) * common, common
    )


def _averaged(ranking: Ranking, seed: int) -> Vector:
    """Mean of the F1-maximising cut over resamples that hold a positive of the label."""
    n_labels, n = ranking.hits.shape
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), size=RESAMPLES)
    weights = weights.astype(np.float32)  # (resamples, n): how often each text was drawn
    cuts, possible = ranking.cuts(), ranking.possible()
    held = np.diff(ranking.hits, axis=1, prepend=0.0).astype(np.float32)
    averaged = np.empty(n_labels)
    for label in range(n_labels):
        drawn = weights[:, ranking.order[label]]
        hits = np.cumsum(drawn * held[label], axis=1)
        passed = np.cumsum(drawn, axis=1)
        positives = hits[:, -1:]
        f1 = hits / np.maximum(passed + positives, 1.0)
        best = np.argmax(np.where(possible[label], f1, -1.0), axis=1)
        usable = positives[:, 0] > 0
        averaged[label] = cuts[label, best[usable]].mean() if usable.any() else np.nan
    return averaged

"""The plug-in rule: a label's threshold is half the F1 that its probabilities promise.

Lipton, Elkan and Naryanaswamy (2014, "Optimal thresholding of classifiers to maximize F1 measure",
theorem 1): if probabilities are calibrated, the threshold with the best expected F1 is F*/2, half
of that best value. Letting the k most probable of n texts pass, F1 is expected to be near
``2 (p1 + ... + pk) / (k + p1 + ... + pn)``, and F* is the largest of these. No true label is
looked at, only the calibration has seen some: two smooth numbers a label instead of one jumpy one.
"""

from __future__ import annotations

import numpy as np

from emoscope.arrays import Floats
from emoscope.decisions.options import Objective
from emoscope.decisions.thresholds import Ranking, fit_global


def attainable_f1(descending: Floats) -> Floats:
    """Largest expected F1 along the last axis of probabilities that are sorted downwards."""
    expected_hits = np.cumsum(descending, axis=-1)
    passed = np.arange(1, descending.shape[-1] + 1)
    total = np.maximum(expected_hits[..., -1:], np.finfo(np.float64).tiny)
    return np.asarray((2.0 * expected_hits / (passed + total)).max(axis=-1))


def fit_plug_in(ranking: Ranking, objective: Objective = "macro_f1") -> Floats:
    """Thresholds, shape (n_labels,), each at most 0.5; under ``micro_f1`` one for all labels.

    A label without a positive in the sample takes the threshold tuned for all: its probabilities
    are a guess, and half of what a guess promises would let every text pass.
    """
    if objective == "micro_f1":
        every = np.sort(ranking.probabilities, axis=None)[::-1]
        return np.full(len(ranking.probabilities), 0.5 * attainable_f1(every))
    own = 0.5 * attainable_f1(ranking.probabilities)
    if (ranking.positives > 0).all():
        return own
    return np.where(ranking.positives > 0, own, fit_global(ranking, objective))

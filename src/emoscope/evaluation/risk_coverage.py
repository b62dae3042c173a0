"""Single-label: accuracy and coverage when texts below a probability are not answered.

El-Yaniv and Wiener, "On the foundations of noise-free selective classification", Journal of Machine
Learning Research 11 (2010). Risk is one minus the accuracy given here.
"""

from __future__ import annotations

import numpy as np

from emoscope.arrays import Bools, Floats


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

"""Activations: from scores to probabilities and back, safe at any finite score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Floats
from emoscope.taxonomy import Task


def sigmoid(scores: Floats) -> Floats:
    """Probability of each score on its own, any shape; exact in both tails, never overflows."""
    small = np.exp(-np.abs(scores))  # in (0, 1], so neither branch can overflow
    return np.where(scores >= 0, 1.0, small) / (1.0 + small)


def softmax(scores: Floats) -> Floats:
    """Probabilities that sum to one along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def activate(scores: Floats, task: Task) -> Floats:
    """Probabilities of calibrated scores: sigmoid for many labels a text, softmax for one."""
    return sigmoid(scores) if task == "multi_label" else softmax(scores)


def inverse(probabilities: npt.ArrayLike, task: Task) -> Floats:
    """Scores whose activation gives ``probabilities``: log-odds, or logarithms for single-label.

    Probabilities of exactly 0 and 1 have no finite score; they are moved inward by 1e-7, about the
    distance of 1 to its neighbour in float32.
    """
    inner = np.clip(np.asarray(probabilities, dtype=np.float64), 1e-7, 1.0 - 1e-7)
    if task == "single_label":
        return np.asarray(np.log(inner))
    return np.asarray(np.log(inner) - np.log1p(-inner))

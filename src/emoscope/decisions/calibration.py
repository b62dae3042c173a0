"""Calibration: a line through the scores that makes their activation an honest probability.

Whatever the kind, a calibration is ``slope * score + offset`` for each label, followed by the
activation of the task:

* ``none``: slope 1, offset 0;
* ``temperature``: one slope ``1 / T`` for all labels, offset 0 (Guo et al., 2017);
* ``platt``: a slope and an offset for each label (Platt, 1999).

Slopes are positive, so that no calibration changes the order of the texts under a label. All
fits minimise log loss by Newton's method on smoothed targets: a label with N positives of n aims
at ``(N + 1) / (N + 2)`` and ``1 / (n - N + 2)`` instead of 1 and 0 (Platt, 1999). That keeps the
optimum finite when scores separate a handful of positives, as they often do for a label with 13.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.decisions.activation import Matrix, sigmoid, softmax
from emoscope.decisions.options import CalibrationKind
from emoscope.taxonomy import Task

_Derivatives = Callable[[float], tuple[float, float]]
"""Slope -> first and second derivative of the loss."""
_STEPS = 100
_CLOSE = 1e-9
_LEAST_SLOPE = 1e-6
"""In units of one standard deviation of the scores; keeps their order where they say nothing."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """``slope * score + offset`` a label; both of shape (n_labels,)."""

    kind: CalibrationKind
    slope: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64]

    def apply(self, scores: Matrix) -> Matrix:
        """Calibrated scores, shape (n, n_labels), not yet activated."""
        return np.asarray(scores * self.slope + self.offset)


def no_calibration(n_labels: int) -> Calibration:
    """Leave scores as they are."""
    return Calibration("none", np.ones(n_labels), np.zeros(n_labels))


def fit_calibration(
    kind: CalibrationKind, scores: Matrix, truth: npt.NDArray[np.bool_], task: Task
) -> Calibration:
    """Fit ``kind`` on scores and truth of shape (n, n_labels).

    ``platt`` treats every label on its own and therefore suits multi-label tasks only.
    """
    n_labels = scores.shape[1]
    if kind == "none" or not len(scores):
        return no_calibration(n_labels)
    if kind == "platt":
        return Calibration("platt", *_fit_platt(scores, truth))
    fit = _fit_sigmoid_slope if task == "multi_label" else _fit_softmax_slope
    return Calibration("temperature", np.full(n_labels, fit(scores, truth)), np.zeros(n_labels))


def smoothed_targets(truth: npt.NDArray[np.bool_]) -> Matrix:
    """Platt's targets, shape (n, n_labels): what a uniform prior expects behind each 0 and 1."""
    positives = truth.sum(axis=0)
    negatives = len(truth) - positives
    held, absent = (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0)
    return np.asarray(np.where(truth, held, absent), dtype=np.float64)


def log_loss(scores: Matrix, targets: Matrix) -> Matrix:
    """Cross-entropy of ``sigmoid(scores)`` against targets in [0, 1], elementwise."""
    return np.asarray(
        np.maximum(scores, 0.0) + np.log1p(np.exp(-np.abs(scores))) - scores * targets
    )


def _fit_platt(
    scores: Matrix, truth: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Newton with step halving, all labels at once; those that have converged drop out."""
    mean, spread = scores.mean(axis=0), scores.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    # standardised and label-major: well-conditioned 2x2 systems, contiguous sums
    z = np.ascontiguousarray(((scores - mean) / spread).T)
    goal = np.ascontiguousarray(smoothed_targets(truth).T)
    rate = goal.mean(axis=1)
    offset_only = np.log(rate) - np.log1p(-rate)  # the optimum when the slope is zero
    slope, offset = np.zeros(len(z)), offset_only.copy()
    loss = log_loss(np.broadcast_to(offset[:, None], z.shape), goal).sum(axis=1)
    active = np.arange(len(z))
    for _ in range(_STEPS):
        za, ta = z[active], goal[active]
        p = sigmoid(slope[active, None] * za + offset[active, None])
        weight, error = p * (1.0 - p), p - ta
        h11, h12, h22 = (weight * za * za).sum(1), (weight * za).sum(1), weight.sum(1)
        h11, h22 = h11 + 1e-9, h22 + 1e-9  # a constant score has no curvature in the slope
        g1, g2 = (error * za).sum(1), error.sum(1)
        determinant = h11 * h22 - h12 * h12
        step1 = (h22 * g1 - h12 * g2) / determinant
        step2 = (h11 * g2 - h12 * g1) / determinant
        size = np.ones(len(active))
        for _ in range(30):
            new1, new2 = slope[active] - size * step1, offset[active] - size * step2
            new_loss = log_loss(new1[:, None] * za + new2[:, None], ta).sum(1)
            worse = new_loss > loss[active] + 1e-12 * np.abs(loss[active])
            if not worse.any():
                break
            size = np.where(worse, size / 2.0, size)
        slope[active], offset[active] = new1, new2
        loss[active] = new_loss
        moved = np.maximum(np.abs(size * step1), np.abs(size * step2))
        active = active[moved > _CLOSE * (1.0 + np.abs(new1) + np.abs(new2))]
        if not len(active):
            break
    # Scores that point the wrong way say nothing: their label gets its base rate.
    useless = slope < _LEAST_SLOPE
    slope, offset = np.where(useless, _LEAST_SLOPE, slope), np.where(useless, offset_only, offset)
    return slope / spread, offset - slope * mean / spread


def _fit_sigmoid_slope(scores: Matrix, truth: npt.NDArray[np.bool_]) -> float:
    """The one slope for all labels that minimises log loss; convex in one unknown."""
    scale = float(np.sqrt(np.mean(scores**2))) or 1.0
    z, goal = scores / scale, smoothed_targets(truth)

    def derivatives(slope: float) -> tuple[float, float]:
        p = sigmoid(slope * z)
        return float(((p - goal) * z).sum()), float((p * (1.0 - p) * z * z).sum())

    return _positive_root(derivatives) / scale


def _fit_softmax_slope(scores: Matrix, truth: npt.NDArray[np.bool_]) -> float:
    """The same for softmax; one text's worth of uniform truth is spread over all of them."""
    scale = float(np.sqrt(np.mean((scores - scores.mean(axis=1, keepdims=True)) ** 2))) or 1.0
    z, n, n_labels = scores / scale, len(scores), scores.shape[1]
    goal = (n * truth + 1.0 / n_labels) / (n + 1.0)

    def derivatives(slope: float) -> tuple[float, float]:
        p = softmax(slope * z)
        mean = (p * z).sum(axis=1)
        return float(((p - goal) * z).sum()), float(((p * z * z).sum(axis=1) - mean**2).sum())

    return _positive_root(derivatives) / scale


def _positive_root(derivatives: _Derivatives) -> float:
    """Where a convex loss of one slope is least, by Newton kept inside a shrinking bracket."""
    low, high = _LEAST_SLOPE, 1.0
    if derivatives(low)[0] >= 0.0:
        return low
    while derivatives(high)[0] < 0.0 and high < 1e6:
        low, high = high, high * 2.0
    slope = 0.5 * (low + high)
    for _ in range(_STEPS):
        first, second = derivatives(slope)
        low, high = (slope, high) if first < 0.0 else (low, slope)
        step = first / second if second > 0.0 else np.inf
        new = slope - step
        if not low < new < high:
            new = 0.5 * (low + high)
        if abs(new - slope) <= _CLOSE * slope:
            return float(new)
        slope = new
    return float(slope)

"""Calibration: a line through the scores after which their activation is a calibrated probability.

Whatever the kind, a calibration is ``slope * score + offset`` for each label, followed by the
activation of the task:

* ``none``: slope 1, offset 0;
* ``temperature``: one slope ``1 / T`` for all labels, offset 0 (Guo et al., 2017);
* ``platt``: a slope and an offset for each label (Platt, 1999).

Slopes are positive, so that no calibration changes the order of the texts under a label. All
fits minimise log loss by Newton's method on smoothed targets: a label with N positives of n aims
at ``(N + 1) / (N + 2)`` and ``1 / (n - N + 2)`` instead of 1 and 0 (Platt, 1999). That keeps the
optimum finite when scores separate a handful of positives, as they often do for a label with 13.

Two numbers fitted to 13 positives are still noise. So the line of a label is pulled, as by a normal
prior, toward the line fitted to all labels as if they were one; labels with many positives hardly
feel it. ``benchmarks/policy.py`` measures what that is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from emoscope.arrays import Bools, Floats, Rows
from emoscope.decisions.activation import sigmoid, softmax
from emoscope.decisions.options import CalibrationKind
from emoscope.taxonomy import Task

_Derivatives = Callable[[float], tuple[float, float]]
"""Slope -> first and second derivative of the loss."""
_STEPS = 100
_HALVINGS = 30
_CLOSE = 1e-9
SLOPE_SPREAD = 0.5
"""Standard deviation of a label's slope around the common one, as a share of that."""
OFFSET_SPREAD = 1.5
"""Standard deviation of a label's offset around the common line, in log-odds."""
_LEAST_SLOPE = 1e-6
"""Relative to the spread of the scores; keeps their order where they say nothing."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """``slope * score + offset`` a label; both of shape (n_labels,)."""

    kind: CalibrationKind
    slope: Floats
    offset: Floats

    def apply(self, scores: Floats) -> Floats:
        """Calibrated scores, shape (n, n_labels), not yet activated."""
        return np.asarray(scores * self.slope + self.offset)

    def to_json(self) -> dict[str, Any]:
        """Plain data; numbers keep every bit when written with ``json``."""
        return {"kind": self.kind, "slope": self.slope.tolist(), "offset": self.offset.tolist()}


def no_calibration(n_labels: int) -> Calibration:
    """Leave scores as they are."""
    return Calibration("none", np.ones(n_labels), np.zeros(n_labels))


def fit_calibration(kind: CalibrationKind, scores: Floats, truth: Bools, task: Task) -> Calibration:
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


def smoothed_targets(truth: Bools) -> Floats:
    """Platt's targets, shape (n, n_labels): what a uniform prior expects behind each 0 and 1."""
    positives = truth.sum(axis=0)
    negatives = len(truth) - positives
    held, absent = (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0)
    return np.asarray(np.where(truth, held, absent), dtype=np.float64)


def log_loss(scores: Floats, targets: Floats) -> Floats:
    """Cross-entropy of ``sigmoid(scores)`` against targets in [0, 1], elementwise."""
    return np.asarray(
        np.maximum(scores, 0.0) + np.log1p(np.exp(-np.abs(scores))) - scores * targets
    )


def _fit_platt(scores: Floats, truth: Bools) -> tuple[Floats, Floats]:
    """Slope and offset of every label, pulled toward the one line that suits all labels at once."""
    # standardised as a whole: scores of any size and place give well-conditioned systems
    mean, spread = float(scores.mean()), float(scores.std()) or 1.0
    z = np.ascontiguousarray(((scores - mean) / spread).T)  # label-major: contiguous sums
    everything, goals = z.reshape(1, -1), smoothed_targets(truth.T.reshape(-1, 1)).T
    common = _least_slope(everything, goals, *_fit_lines(everything, goals, np.inf, np.inf))
    common_slope, common_offset = float(common[0][0]), float(common[1][0])
    z = common_slope * z + common_offset
    targets = np.ascontiguousarray(smoothed_targets(truth).T)
    fitted = _fit_lines(z, targets, SLOPE_SPREAD, OFFSET_SPREAD)
    slope, offset = _least_slope(z, targets, *fitted)
    steepness = slope * common_slope / spread
    return steepness, slope * common_offset + offset - steepness * mean


def _least_slope(
    z: Floats, targets: Floats, slope: Floats, offset: Floats
) -> tuple[Floats, Floats]:
    """Scores that point the wrong way say nothing: their row of ``z`` gets its base rate."""
    rate = targets.mean(axis=1)
    useless = slope < _LEAST_SLOPE
    slope = np.where(useless, _LEAST_SLOPE, slope)
    base = np.log(rate) - np.log1p(-rate) - slope * z.mean(axis=1)
    return slope, np.where(useless, base, offset)


def _fit_lines(
    z: Floats, targets: Floats, slope_spread: float, offset_spread: float
) -> tuple[Floats, Floats]:
    """Newton with step halving for each row of ``z``; rows that have converged drop out.

    Minimises log loss plus half the squares of ``(slope - 1) / slope_spread`` and
    ``offset / offset_spread``: normal priors around the line ``1 * z + 0``.
    """
    slope, offset = np.ones(len(z)), np.zeros(len(z))
    stiff1, stiff2 = slope_spread**-2.0, offset_spread**-2.0

    def loss_of(rows: Rows, a: Floats, b: Floats) -> Floats:
        data = log_loss(a[:, None] * z[rows] + b[:, None], targets[rows]).sum(axis=1)
        return np.asarray(data + 0.5 * (stiff1 * (a - 1.0) ** 2 + stiff2 * b**2))

    active = np.arange(len(z))
    loss = loss_of(active, slope, offset)
    for _ in range(_STEPS):
        za, a, b = z[active], slope[active], offset[active]
        p = sigmoid(a[:, None] * za + b[:, None])
        weight, error = p * (1.0 - p), p - targets[active]
        g1 = (error * za).sum(axis=1) + stiff1 * (a - 1.0)
        g2 = error.sum(axis=1) + stiff2 * b
        # the small constant: a score that never varies has no curvature in the slope
        h11 = (weight * za * za).sum(axis=1) + stiff1 + 1e-9
        h22 = weight.sum(axis=1) + stiff2 + 1e-9
        h12 = (weight * za).sum(axis=1)
        determinant = h11 * h22 - h12 * h12  # positive: Cauchy-Schwarz, and the small constants
        step1, step2 = (h22 * g1 - h12 * g2) / determinant, (h11 * g2 - h12 * g1) / determinant
        size = np.ones(len(active))
        for _ in range(_HALVINGS):
            new1, new2 = a - size * step1, b - size * step2
            new_loss = loss_of(active, new1, new2)
            worse = new_loss > loss[active] * (1.0 + 1e-12)
            if not worse.any():
                break
            size = np.where(worse, size / 2.0, size)
        slope[active], offset[active], loss[active] = new1, new2, new_loss
        moved = size * np.maximum(np.abs(step1), np.abs(step2))
        active = active[moved > _CLOSE * (1.0 + np.abs(new1) + np.abs(new2))]
        if not len(active):
            break
    return slope, offset


def _fit_sigmoid_slope(scores: Floats, truth: Bools) -> float:
    """The one slope for all labels that minimises log loss; convex in one unknown."""
    scale = float(np.sqrt(np.mean(scores**2))) or 1.0
    z, goal = scores / scale, smoothed_targets(truth)

    def derivatives(slope: float) -> tuple[float, float]:
        p = sigmoid(slope * z)
        return float(((p - goal) * z).sum()), float((p * (1.0 - p) * z * z).sum())

    return _positive_root(derivatives) / scale


def _fit_softmax_slope(scores: Floats, truth: Bools) -> float:
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

"""Calibration: reliability diagram bins, expected calibration error, Brier score.

The expected calibration error (Naeini et al. 2015, Guo et al. 2017) sorts probabilities into bins
and averages the gap between the mean probability and the observed rate, weighted by bin size. Its
value depends on the bins, so both kinds are offered: equal width over [0, 1], and equal mass, which
resolves the crowded low end that rare labels live in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats, Ints
from emoscope.errors import DecisionError
from emoscope.metrics.inputs import check_one_label_each, check_probabilities, check_truth

Binning = Literal["equal_width", "equal_mass"]

N_BINS = 15
"""As in Guo et al. 2017, so that numbers can be set beside published ones."""


@dataclass(frozen=True, eq=False)
class ReliabilityBins:
    """The data of a reliability diagram; every array has shape (n_bins,)."""

    lower: Floats
    """A bin holds probabilities above ``lower`` up to and including ``upper``; the first bin also
    holds its own lower edge."""
    upper: Floats
    count: Ints
    mean_probability: Floats
    """NaN in an empty bin."""
    observed_rate: Floats
    """Share of the bin's members that are true; NaN in an empty bin."""

    @property
    def calibration_error(self) -> float:
        """Gap between mean probability and observed rate, averaged over members, in [0, 1]."""
        full = self.count > 0
        gap = np.abs(self.mean_probability[full] - self.observed_rate[full])
        return float((gap * self.count[full]).sum() / self.count.sum())

    def to_json(self) -> dict[str, list[Any]]:
        """Plain lists; what is undefined is None."""
        return {
            "lower": self.lower.tolist(),
            "upper": self.upper.tolist(),
            "count": self.count.tolist(),
            "mean_probability": [_none_if_nan(v) for v in self.mean_probability.tolist()],
            "observed_rate": [_none_if_nan(v) for v in self.observed_rate.tolist()],
        }


def reliability_bins(
    truth: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    n_bins: int = N_BINS,
    binning: Binning = "equal_width",
) -> ReliabilityBins:
    """Sort all text-label pairs of two (n, n_labels) matrices into bins.

    For one label pass its column as (n, 1). Equal-mass edges are quantiles of the probabilities;
    equal probabilities are never parted, so there can be fewer bins than asked for.
    """
    true = check_truth(truth)
    return _bins(true.ravel(), check_probabilities(probabilities, true).ravel(), n_bins, binning)


def top_label_bins(
    truth: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    n_bins: int = N_BINS,
    binning: Binning = "equal_width",
) -> ReliabilityBins:
    """Bins of the highest probability of each text, true when that label is the right one.

    For single-label tasks: this is the calibration error of Guo et al. Ties go to the first label.
    """
    true = check_truth(truth)
    check_one_label_each("truth", true)
    given = check_probabilities(probabilities, true)
    right = given.argmax(axis=1) == true.argmax(axis=1)
    return _bins(right, given.max(axis=1), n_bins, binning)


def calibration_error(
    truth: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    n_bins: int = N_BINS,
    binning: Binning = "equal_width",
) -> Floats:
    """Expected calibration error of each label on its own, (n_labels,)."""
    true = check_truth(truth)
    given = check_probabilities(probabilities, true)
    every = range(true.shape[1])
    return np.array(
        [_bins(true[:, j], given[:, j], n_bins, binning).calibration_error for j in every]
    )


def brier_score(truth: npt.ArrayLike, probabilities: npt.ArrayLike) -> Floats:
    """Mean squared distance of probability and truth, of each label, (n_labels,).

    The mean over labels is the multi-label score; the sum is the score of Brier (1950) for labels
    that exclude each other, between 0 and 2.
    """
    true = check_truth(truth)
    given = check_probabilities(probabilities, true)
    return np.asarray(((given - true) ** 2).mean(axis=0))


def _bins(truth: Bools, probabilities: Floats, n_bins: int, binning: Binning) -> ReliabilityBins:
    if n_bins < 1:
        raise DecisionError(f"{n_bins} bins were asked for; give at least one.")
    if binning == "equal_width":
        lowest, upper = 0.0, np.arange(1, n_bins + 1) / n_bins
    elif binning == "equal_mass":
        # "inverted_cdf" gives quantiles that are members, so every edge has a probability on it
        lowest, share = float(probabilities.min()), np.arange(1, n_bins + 1) / n_bins
        upper = np.unique(np.quantile(probabilities, share, method="inverted_cdf"))
    else:
        raise DecisionError(f"Unknown binning {binning!r}. Choose equal_width or equal_mass.")
    n_made = len(upper)
    of_bin = np.searchsorted(upper[:-1], probabilities, side="left")
    count = np.bincount(of_bin, minlength=n_made)
    with np.errstate(invalid="ignore"):  # 0 / 0 is the NaN of an empty bin
        mean = np.bincount(of_bin, weights=probabilities, minlength=n_made) / count
        rate = np.bincount(of_bin, weights=truth.astype(np.float64), minlength=n_made) / count
    lower = np.concatenate([[lowest], upper[:-1]])
    return ReliabilityBins(lower, upper, count.astype(np.int64), mean, rate)


def _none_if_nan(value: float) -> float | None:
    return None if value != value else value

from __future__ import annotations

import json

import numpy as np
import pytest

from emoscope.errors import DecisionError
from emoscope.metrics.reliability import (
    brier_score,
    calibration_error,
    reliability_bins,
    top_label_bins,
)

TRUTH = np.array([[0], [0], [1], [1], [1], [0]], dtype=bool)
PROBABILITIES = np.array([[0.0], [0.2], [0.5], [0.6], [0.9], [1.0]])


def test_equal_width_by_hand():
    bins = reliability_bins(TRUTH, PROBABILITIES, n_bins=2)
    # (0, 0.5] holds 0.0, 0.2 and 0.5; the upper edge belongs to the bin below
    assert bins.lower.tolist() == [0.0, 0.5]
    assert bins.upper.tolist() == [0.5, 1.0]
    assert bins.count.tolist() == [3, 3]
    np.testing.assert_allclose(bins.mean_probability, [0.7 / 3, 2.5 / 3])
    np.testing.assert_allclose(bins.observed_rate, [1 / 3, 2 / 3])
    assert bins.calibration_error == pytest.approx((0.3 / 3 + 0.5 / 3) / 2)


def test_empty_bins_are_undefined_and_weigh_nothing():
    bins = reliability_bins([[1], [0]], [[0.9], [0.95]], n_bins=10)
    assert bins.count.tolist() == [0] * 8 + [1, 1]
    assert np.isnan(bins.mean_probability[:8]).all()
    assert np.isnan(bins.observed_rate[:8]).all()
    assert bins.calibration_error == pytest.approx((0.1 + 0.95) / 2)
    plain = bins.to_json()
    assert plain["mean_probability"][0] is None
    json.dumps(plain, allow_nan=False)


def test_equal_mass_by_hand():
    bins = reliability_bins(TRUTH, PROBABILITIES, n_bins=3, binning="equal_mass")
    assert bins.count.tolist() == [2, 2, 2]
    assert bins.upper.tolist() == [0.2, 0.6, 1.0]
    assert bins.lower.tolist() == [0.0, 0.2, 0.6]
    np.testing.assert_allclose(bins.observed_rate, [0, 1, 0.5])
    assert bins.calibration_error == pytest.approx((0.1 + 0.45 + 0.45) / 3)


def test_equal_mass_never_parts_equal_probabilities():
    probabilities = np.array([[0.1]] * 7 + [[0.3], [0.5], [0.9]])
    bins = reliability_bins(probabilities > 0.4, probabilities, 5, "equal_mass")
    assert bins.count.tolist() == [7, 1, 2]
    assert bins.upper.tolist() == [0.1, 0.3, 0.9]
    assert bins.lower.tolist() == [0.1, 0.1, 0.3]
    constant = reliability_bins([[1], [0]], [[0.5], [0.5]], 5, "equal_mass")
    assert constant.count.tolist() == [2]
    assert constant.calibration_error == 0.0


@pytest.mark.parametrize("binning", ["equal_width", "equal_mass"])
def test_each_label_alone_is_its_column(binning):
    rng = np.random.default_rng(0)
    truth, probabilities = rng.random((80, 3)) < 0.3, rng.random((80, 3))
    errors = calibration_error(truth, probabilities, 10, binning)
    for j in range(3):
        column = slice(j, j + 1)
        bins = reliability_bins(truth[:, column], probabilities[:, column], 10, binning)
        assert errors[j] == bins.calibration_error
        assert bins.count.sum() == 80


def test_bins_like_scikit_learn():
    calibration = pytest.importorskip("sklearn.calibration")
    rng = np.random.default_rng(1)
    probabilities = rng.random((500, 1)) ** 2
    truth = rng.random((500, 1)) < probabilities
    bins = reliability_bins(truth, probabilities, n_bins=12)
    rate, mean = calibration.calibration_curve(truth[:, 0], probabilities[:, 0], n_bins=12)
    full = bins.count > 0
    np.testing.assert_allclose(bins.observed_rate[full], rate)
    np.testing.assert_allclose(bins.mean_probability[full], mean)


def test_honest_probabilities_have_a_small_error_and_shifted_ones_their_shift():
    rng = np.random.default_rng(2)
    probabilities = rng.uniform(0, 0.7, size=(20_000, 1))
    truth = rng.random(probabilities.shape) < probabilities
    for binning in ("equal_width", "equal_mass"):
        assert calibration_error(truth, probabilities, binning=binning)[0] < 0.02
        shifted = calibration_error(truth, probabilities + 0.25, binning=binning)[0]
        assert shifted == pytest.approx(0.25, abs=0.02)


def test_top_label_by_hand():
    truth = np.eye(3, dtype=bool)[[0, 1]]
    probabilities = [[0.8, 0.1, 0.1], [0.6, 0.3, 0.1]]
    bins = top_label_bins(truth, probabilities, n_bins=10)
    assert bins.count.sum() == 2
    assert bins.calibration_error == pytest.approx((0.2 + 0.6) / 2)
    with pytest.raises(DecisionError, match="single-label"):
        top_label_bins([[1, 1, 0], [0, 1, 0]], probabilities)


def test_brier_by_hand():
    scores = brier_score([[1, 0], [0, 0]], [[0.8, 0.5], [0.4, 0.0]])
    np.testing.assert_allclose(scores, [(0.04 + 0.16) / 2, 0.25 / 2])


def test_brier_like_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(3)
    index, probabilities = rng.integers(3, size=60), rng.dirichlet(np.ones(3), size=60)
    truth = np.eye(3, dtype=bool)[index]
    scores = brier_score(truth, probabilities)
    for j in range(3):
        theirs = metrics.brier_score_loss(truth[:, j], probabilities[:, j])
        assert scores[j] == pytest.approx(theirs)


def test_impossible_bins_are_refused():
    with pytest.raises(DecisionError, match="0 bins"):
        reliability_bins(TRUTH, PROBABILITIES, n_bins=0)
    with pytest.raises(DecisionError, match="Unknown binning 'log'"):
        reliability_bins(TRUTH, PROBABILITIES, binning="log")

from __future__ import annotations

import numpy as np
import pytest

from emoscope.evaluation.intervals import (
    Estimates,
    estimate_labels,
    share_estimates,
)
from emoscope.metrics import bootstrap_intervals
from emoscope.metrics.bootstrap import resample
from emoscope.metrics.contributions import contributions

RANDOM = np.random.default_rng(1)
TRUTH = RANDOM.random((80, 3)) < 0.4
PREDICTED = TRUTH ^ (RANDOM.random((80, 3)) < 0.2)


def test_values_are_precision_recall_and_f1() -> None:
    truth = np.array([[1], [1], [0], [0]], dtype=bool)
    predicted = np.array([[1], [0], [1], [1]], dtype=bool)
    found = estimate_labels(truth, predicted, resamples=50)
    assert found.precision.value == pytest.approx([1 / 3])
    assert found.recall.value == pytest.approx([1 / 2])
    assert found.f1.value == pytest.approx([2 / 5])


def test_intervals_hold_their_value_and_draw_the_same_texts_as_the_headline() -> None:
    found = estimate_labels(TRUTH, PREDICTED, resamples=200, seed=4)
    assert (found.f1.low <= found.f1.value).all()
    assert (found.f1.value <= found.f1.high).all()
    drawn = resample(contributions(TRUTH, PREDICTED), 200, seed=4).counts
    headline = bootstrap_intervals("multi_label", TRUTH, PREDICTED, resamples=200, seed=4)
    assert np.quantile(drawn.f1.mean(axis=1), [0.025, 0.975]) == pytest.approx(headline["macro_f1"])


def test_wilson_against_published_values() -> None:
    # Brown, Cai and DasGupta (2001) and any table: 8 of 10 gives 0.490 to 0.943
    found = share_estimates(np.array([8.0, 0.0]), np.array([10.0, 0.0]))
    assert found.low[0] == pytest.approx(0.490, abs=1e-3)
    assert found.high[0] == pytest.approx(0.943, abs=1e-3)
    assert np.isnan(found.value[1])


def test_unknown_rows_become_nan() -> None:
    both = np.array([0.1, 0.2])
    found = Estimates(both, both, both).where(np.array([True, False]))
    assert found.value[0] == 0.1
    assert np.isnan(found.high[1])


def test_labels_with_few_texts_or_none() -> None:
    # columns: 20 texts, 1 text, no text; everything right except one text wrongly given the last
    truth = np.zeros((40, 3), dtype=bool)
    truth[:20, 0] = truth[20, 1] = True
    predicted = truth.copy()
    predicted[30, 2] = True
    found = estimate_labels(truth, predicted, resamples=300)
    assert found.f1.value[:2].tolist() == [1.0, 1.0]
    assert (found.f1.low[0], found.f1.high[0]) == (1.0, 1.0)
    # in a third of the resamples the one text is missing: they tell nothing of it
    assert np.isnan([found.f1.low[1], found.f1.high[1]]).all()
    assert np.isnan([found.precision.value[2], found.recall.value[2], found.f1.value[2]]).all()


def test_resamples_without_a_prediction_do_not_count_as_precision_zero() -> None:
    # eight texts have the label, six are given it, five of them rightly: precision 5 / 6
    truth = np.zeros((60, 1), dtype=bool)
    truth[:8] = True
    predicted = np.zeros_like(truth)
    predicted[[0, 1, 2, 3, 4, 20]] = True
    found = estimate_labels(truth, predicted, resamples=2000).precision
    assert found.value == pytest.approx([5 / 6])
    assert 0 < found.low[0] < 5 / 6 <= found.high[0]
    never = estimate_labels(truth, np.zeros_like(truth), resamples=50).precision
    assert never.value.tolist() == [0.0]
    assert np.isnan(never.low).all()

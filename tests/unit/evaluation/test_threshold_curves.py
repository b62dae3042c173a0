from __future__ import annotations

import numpy as np
import pytest

from emoscope.evaluation.threshold_curves import (
    f1_at,
    precision_recall_curve,
    risk_coverage_curve,
    sweep,
)
from emoscope.metrics.counts import count
from emoscope.metrics.ranking import average_precision

RANDOM = np.random.default_rng(2)
TRUTH = RANDOM.random((300, 4)) < [0.5, 0.2, 0.05, 0.0]
PROBABILITIES = np.clip(0.6 * TRUTH + 0.5 * RANDOM.random((300, 4)), 0, 1).round(2)


def test_a_curve_worked_by_hand() -> None:
    curve = precision_recall_curve(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))
    assert curve.recall.tolist() == [0.5, 0.5, 1.0]
    assert curve.precision == pytest.approx([1.0, 0.5, 2 / 3])


def test_equal_probabilities_enter_together() -> None:
    curve = precision_recall_curve(np.array([True, False, False]), np.array([0.5, 0.5, 0.1]))
    assert curve.recall.tolist() == [1.0, 1.0]
    assert curve.precision == pytest.approx([0.5, 1 / 3])


def test_a_label_without_texts_has_no_curve() -> None:
    assert len(precision_recall_curve(TRUTH[:, 3], PROBABILITIES[:, 3]).recall) == 0


def test_area_of_the_whole_curve_is_average_precision() -> None:
    curve = precision_recall_curve(TRUTH[:, 0], PROBABILITIES[:, 0], levels=10_000)
    first = np.flatnonzero(np.diff(curve.recall, prepend=0.0))
    area = (curve.precision[first] * np.diff(curve.recall[first], prepend=0.0)).sum()
    assert area == pytest.approx(average_precision(TRUTH[:, :1], PROBABILITIES[:, :1])[0])


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    whole = precision_recall_curve(TRUTH, PROBABILITIES, levels=10_000)
    thin = precision_recall_curve(TRUTH, PROBABILITIES, levels=20)
    assert len(thin.recall) <= 40 < len(whole.recall)
    assert thin.recall[-1] == whole.recall[-1] == 1.0
    assert thin.precision[0] == whole.precision[0]


def test_sweep_is_f1_of_thresholding() -> None:
    thresholds = np.array([0.0, 0.3, 0.55, 1.0])
    found = sweep(TRUTH, PROBABILITIES, thresholds)
    for i, threshold in enumerate(thresholds):
        counts = count(TRUTH, threshold <= PROBABILITIES)
        assert found.per_label[i, :3] == pytest.approx(counts.f1[:3])
        assert found.micro[i] == pytest.approx(counts.pooled().f1[0])
        assert found.macro[i] == pytest.approx(counts.f1[:3].mean())
    assert np.isnan(found.per_label[:, 3]).all()


def test_f1_at_a_threshold_for_each_label() -> None:
    found = f1_at(TRUTH, PROBABILITIES, [0.2, 0.5, 0.9, 0.5])
    expected = count(TRUTH, np.array([0.2, 0.5, 0.9, 0.5]) <= PROBABILITIES).f1
    assert found[:3] == pytest.approx(expected[:3])
    assert np.isnan(found[3])


def test_risk_and_coverage_by_hand() -> None:
    right = np.array([True, False, True, True])
    top = np.array([0.9, 0.4, 0.6, 0.8])
    accuracy, answered = risk_coverage_curve(right, top, np.array([0.0, 0.5, 0.95]))
    assert accuracy[:2] == pytest.approx([0.75, 1.0])
    assert np.isnan(accuracy[2])
    assert answered.tolist() == [1.0, 0.75, 0.0]

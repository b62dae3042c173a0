"""Validation is judged with thresholds of its own, never at 0.5, and never at its own expense."""

from __future__ import annotations

import numpy as np
import pytest

from emoscope.decisions import LabelledScores, PolicyOptions
from emoscope.training.validation_metrics import (
    cross_fitted,
    validation_metrics,
    without_cross_validation,
)

LABELS = ("joy", "anger", "fear")


def ranked_but_timid(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores that rank texts well with all probabilities below one half."""
    random = np.random.default_rng(seed)
    truth = random.random((n, 3)) < (0.2, 0.1, 0.05)
    scores = -4.0 + 2.5 * truth + 0.5 * random.standard_normal((n, 3))
    return scores.astype(np.float32), truth


def test_a_model_below_one_half_everywhere_is_not_called_worthless():
    scores, truth = ranked_but_timid()
    scores = np.minimum(scores, -0.1)  # every probability under 0.475
    at_one_half = (1 / (1 + np.exp(-scores)) >= 0.5) & truth
    assert at_one_half.sum() == 0, "judged at 0.5 this model has the published F1 of 0.0000"
    found = validation_metrics(LabelledScores(scores, truth, LABELS, "multi_label", "validation"))
    assert found["macro_f1"] > 0.8
    assert found["micro_f1"] > 0.8
    predicted = next(
        iter(cross_fitted(LabelledScores(scores, truth, LABELS, "multi_label", "validation")))
    )
    assert predicted.any(axis=0).all(), "every label is predicted for some text"


def test_no_row_is_judged_by_a_threshold_that_it_helped_to_choose():
    scores, truth = ranked_but_timid()
    before = next(
        iter(cross_fitted(LabelledScores(scores, truth, LABELS, "multi_label", "validation")))
    )
    lied = truth.copy()
    lied[17] = ~lied[17]
    after = next(
        iter(cross_fitted(LabelledScores(scores, lied, LABELS, "multi_label", "validation")))
    )
    np.testing.assert_array_equal(before[17], after[17])


def test_noise_is_not_flattered():
    random = np.random.default_rng(3)
    truth = random.random((300, 3)) < 0.05
    scores = random.standard_normal((300, 3)).astype(np.float32)
    # thresholds fitted and judged on the same rows reach .2 on such noise; the base rate gives .1
    found = validation_metrics(
        LabelledScores(scores, truth, LABELS, "multi_label", "validation"),
        PolicyOptions(thresholds="raw"),
    )
    assert found["macro_f1"] < 0.15


def test_the_same_scores_give_the_same_numbers():
    scores, truth = ranked_but_timid()
    first = validation_metrics(LabelledScores(scores, truth, LABELS, "multi_label", "validation"))
    assert first == validation_metrics(
        LabelledScores(scores, truth, LABELS, "multi_label", "validation")
    )


def test_single_label_by_hand():
    scores = np.array([[2, 1, 0], [0, 2, 1], [3, 0, 1], [1, 2, 0]], dtype=np.float32)
    truth = np.eye(3, dtype=bool)[[0, 1, 1, 1]]  # predicted: 0 1 0 1
    found = validation_metrics(LabelledScores(scores, truth, LABELS, "single_label", "validation"))
    assert found["accuracy"] == 0.75
    assert found["micro_f1"] == 0.75
    # joy: 2 x 1 / (2 + 1) = 2/3; anger: 2 x 2 / (2 + 3) = 4/5; no text has fear
    assert found["macro_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_a_label_without_a_positive_in_one_half():
    scores, truth = ranked_but_timid(60)
    truth[:, 2] = False
    truth[0, 2] = True
    found = validation_metrics(LabelledScores(scores, truth, LABELS, "multi_label", "validation"))
    assert np.isfinite(list(found.values())).all()


def test_judging_leaves_out_the_contest_but_keeps_what_was_asked():
    quick = without_cross_validation(PolicyOptions(thresholds="global"))
    assert (quick.calibration, quick.thresholds, quick.fallback) == ("platt", "global", "none")

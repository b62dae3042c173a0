from __future__ import annotations

import numpy as np
import pytest

from emoscope.errors import DataError, DecisionError, NoExamples
from emoscope.metrics.inputs import (
    check_one_label_each,
    check_predicted,
    check_probabilities,
    check_scores,
    check_truth,
)

LABELS = ("joy", "anger", "fear")
TRUTH = np.array([[1, 0, 0], [0, 1, 1]], dtype=bool)


@pytest.mark.parametrize("dtype", [bool, np.int64, np.uint8, np.float32])
def test_zero_one_of_any_number_type_becomes_bool(dtype):
    checked = check_truth(TRUTH.astype(dtype), LABELS)
    assert checked.dtype == np.bool_
    np.testing.assert_array_equal(checked, TRUTH)


def test_lists_are_taken():
    np.testing.assert_array_equal(check_truth([[1, 0, 0], [0, 1, 1]]), TRUTH)


@pytest.mark.parametrize(
    ("truth", "error", "says"),
    [
        (np.array([0, 2]), DataError, r"shape \(2,\).*numpy.eye"),
        (np.zeros((2, 2), bool), DataError, "2 columns, but there are 3 labels"),
        (np.zeros((0, 3), bool), NoExamples, "no text to evaluate"),
        (np.array([[0, 1, 2]]), DataError, "is 2 in row 1, column 3"),
        (np.array([[0.0, np.nan, 1.0]]), DataError, "is nan in row 1, column 2"),
        (np.array([["joy", "anger", "fear"]]), DataError, "0/1 or booleans"),
        ([[1, 0, 0], [1, 0]], DataError, "no matrix"),
    ],
)
def test_bad_truth_is_named(truth, error, says):
    with pytest.raises(error, match=says):
        check_truth(truth, LABELS)


def test_no_labels_at_all():
    with pytest.raises(DataError, match="no columns"):
        check_truth(np.zeros((2, 0), bool))


def test_bad_predictions_are_named():
    with pytest.raises(DecisionError, match=r"shape \(1, 3\), but truth has \(2, 3\)"):
        check_predicted(TRUTH[:1], TRUTH)
    with pytest.raises(DecisionError, match=r"is 0.7 in row 2, column 1.*thresholds first"):
        check_predicted([[1, 0, 0], [0.7, 1, 0]], TRUTH)


def test_two_labels_in_a_single_label_row_are_counted():
    check_one_label_each("predicted", TRUTH[:1])
    with pytest.raises(DecisionError, match=r"predicted, row 2: 2 labels.*1 such rows"):
        check_one_label_each("predicted", TRUTH)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_scores_must_be_finite(value):
    scores = np.zeros((2, 3), dtype=np.float32)
    scores[1, 2] = value
    with pytest.raises(DecisionError, match=r"scores is -?(nan|inf) in row 2, label 'fear'"):
        check_scores(scores, TRUTH, LABELS)


def test_scores_must_be_numbers():
    with pytest.raises(DecisionError, match="must be numbers"):
        check_scores([["a", "b", "c"], ["d", "e", "f"]], TRUTH)


@pytest.mark.parametrize("value", [-0.1, 1.1, 17.0])
def test_probabilities_must_lie_between_zero_and_one(value):
    with pytest.raises(DecisionError, match=r"in row 1, label 'joy', outside 0 to 1.*Policy"):
        check_probabilities([[value, 0.5, 0.5], [0.5, 0.5, 0.5]], TRUTH, LABELS)


def test_float32_rounding_past_one_is_clipped():
    checked = check_probabilities(np.array([[1 + 1e-6, 0.5, 0], [0, -1e-7, 1]], np.float32), TRUTH)
    assert checked.max() == 1.0
    assert checked.min() == 0.0


@pytest.mark.parametrize("shape", [(3,), (3, 2), (2, 2, 2)])
def test_scores_without_truth_have_a_column_a_label(shape: tuple[int, ...]) -> None:
    assert check_scores(np.zeros((0, 3)), labels=LABELS).shape == (0, 3)
    with pytest.raises(DecisionError, match="do not fit 3 labels"):
        check_scores(np.zeros(shape), labels=LABELS)

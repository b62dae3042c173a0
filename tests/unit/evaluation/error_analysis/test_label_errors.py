from __future__ import annotations

import numpy as np
import pytest

from emoscope.evaluation.error_analysis.label_errors import (
    confident_joint,
    estimated_joint,
    find_label_errors,
)

GIVEN = np.array([0, 0, 0, 1, 1])
PROBABILITIES = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7], [0.45, 0.55]])
# thresholds: label 0 mean(.9, .8, .1) = .6, label 1 mean(.7, .55) = .625


def test_the_confident_joint_by_hand() -> None:
    counts, column = confident_joint(GIVEN, PROBABILITIES)
    # text 4 passes neither threshold and counts nowhere
    assert counts.tolist() == [[2, 1], [0, 1]]
    assert column.tolist() == [0, 0, 1, 1, -1]


def test_of_two_passing_labels_the_more_probable_counts() -> None:
    # both thresholds are 0.5; the last text passes both
    probabilities = np.array([[0.5, 0.1], [0.1, 0.5], [0.6, 0.7], [0.4, 0.3]])
    _, column = confident_joint(np.array([0, 1, 1, 0]), probabilities)
    assert column[2] == 1


def test_nobody_is_confident_of_a_label_that_no_text_has() -> None:
    counts, _ = confident_joint(np.array([0, 0]), np.array([[0.1, 0.9], [0.2, 0.8]]))
    assert counts[:, 1].tolist() == [0, 0]


def test_the_joint_has_the_given_counts_as_its_margin() -> None:
    joint = estimated_joint(np.array([[2, 1], [0, 1]]), np.array([3, 2]))
    assert joint == pytest.approx(np.array([[2 / 5, 1 / 5], [0, 2 / 5]]))
    assert estimated_joint(np.array([[0, 0], [0, 1]]), np.array([3, 1]))[0, 0] == 0.75


def test_single_label_errors_name_the_label_that_should_be() -> None:
    truth = np.eye(2, dtype=bool)[GIVEN]
    found = find_label_errors("single_label", truth, PROBABILITIES)
    (error,) = found.errors
    assert (error.row, error.label, error.should_have) == (2, 1, True)
    assert error.margin == pytest.approx(0.1 - 0.9)
    assert found.noise == pytest.approx(1 / 5)


def test_planted_errors_of_a_multi_label_set_are_ranked_first() -> None:
    random = np.random.default_rng(0)
    right = random.random((400, 3)) < 0.3
    probabilities = np.where(right, 0.9, 0.05) + 0.05 * random.random((400, 3))
    truth = right.copy()
    planted = {(7, 0), (30, 1), (200, 2)}
    for row, label in planted:
        truth[row, label] = not truth[row, label]
        # an error is found where the model is surer than it usually is
        probabilities[row, label] = 0.99 if right[row, label] else 0.01
    found = find_label_errors("multi_label", truth, probabilities)
    assert {(error.row, error.label) for error in found.errors[:3]} == planted
    for error in found.errors[:3]:
        assert error.should_have == right[error.row, error.label]
    assert found.noise < 0.02

from __future__ import annotations

import numpy as np
import pytest

from emoscope.decisions.activation import activate, inverse, sigmoid, softmax
from emoscope.taxonomy import Task


def test_sigmoid_of_log_odds() -> None:
    found = sigmoid(np.array([0.0, np.log(3.0), -np.log(3.0)]))
    np.testing.assert_allclose(found, [0.5, 0.75, 0.25], rtol=1e-15)


def test_sigmoid_is_exact_in_the_far_tail() -> None:
    np.testing.assert_allclose(sigmoid(np.array([-50.0])), np.exp(-50.0), rtol=1e-12)


@pytest.mark.parametrize("task", ["multi_label", "single_label"])
def test_extreme_scores_neither_overflow_nor_warn(task: Task) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = activate(np.array([[1e4, -1e4], [-1e4, -1e4]]), task)
    expected = [[1.0, 0.0], [0.0, 0.0] if task == "multi_label" else [0.5, 0.5]]
    np.testing.assert_array_equal(found, expected)


def test_softmax_of_logarithms() -> None:
    found = softmax(np.log(np.array([[1.0, 2.0, 5.0]])))
    np.testing.assert_allclose(found, [[0.125, 0.25, 0.625]], rtol=1e-15)


@pytest.mark.parametrize("task", ["multi_label", "single_label"])
def test_inverse_undoes_the_activation(task: Task) -> None:
    probabilities = np.array([[0.2, 0.5, 0.3], [0.001, 0.009, 0.99]])
    found = activate(inverse(probabilities, task), task)
    np.testing.assert_allclose(found, probabilities, rtol=1e-12)


def test_inverse_of_certainty_is_finite() -> None:
    found = inverse([[0.0, 1.0]], "multi_label")
    np.testing.assert_allclose(found, [[-np.log(1e7), np.log(1e7)]], rtol=1e-6)

from __future__ import annotations

import numpy as np
import pytest

from emoscope.decisions.validation import (
    check_matrix,
    check_probabilities,
    check_truth,
    refuse_test,
)
from emoscope.errors import DecisionError, FitOnTest

LABELS = ("anger", "joy")


@pytest.mark.parametrize(
    "split", ["test", "Test ", "TEST", "testing", "my-test-split", "test_2", "test1", "TestSet"]
)
def test_every_name_of_test_is_refused(split: str) -> None:
    with pytest.raises(FitOnTest, match="Refusing to fit a thing"):
        refuse_test(split, "a thing")


@pytest.mark.parametrize("split", ["validation", "dev", "train", "contest", "latest", "attest"])
def test_other_names_are_fine(split: str) -> None:
    refuse_test(split, "a thing")


@pytest.mark.parametrize("shape", [(3,), (3, 3), (2, 2, 2)])
def test_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(DecisionError, match="do not fit 2 labels"):
        check_matrix(np.zeros(shape), LABELS)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_broken_scores_are_named(value: float) -> None:
    with pytest.raises(DecisionError, match=r"row 1 for label 'joy'"):
        check_matrix([[0, 0], [0, value]], LABELS)


@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_probabilities_lie_in_their_range(value: float) -> None:
    with pytest.raises(DecisionError, match=r"row 0 for label 'anger', outside \[0, 1\]"):
        check_probabilities([[value, 0.5]], LABELS)


def test_truth_must_fit_and_be_binary() -> None:
    assert check_truth([[0, 1]], 1, LABELS).dtype == np.bool_
    with pytest.raises(DecisionError, match="does not fit scores"):
        check_truth([[0, 1]], 2, LABELS)
    with pytest.raises(DecisionError, match="0 and 1 only"):
        check_truth([[0, 2]], 1, LABELS)

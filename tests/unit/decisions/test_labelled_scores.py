from __future__ import annotations

import numpy as np
import pytest

from emoscope.decisions.labelled_scores import LabelledScores, refuse_test
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


def test_truth_must_fit_and_be_binary() -> None:
    def made(truth: list[list[float]]) -> LabelledScores:
        return LabelledScores(np.zeros((1, 2)), truth, LABELS, "multi_label", "train")  # type: ignore[arg-type]

    assert made([[0, 1]]).truth.dtype == np.bool_
    with pytest.raises(DecisionError, match=r"truth has shape \(2, 2\), but scores has \(1, 2\)"):
        made([[0, 1], [0, 1]])
    with pytest.raises(DecisionError, match="only 0 and 1"):
        made([[0, 2]])

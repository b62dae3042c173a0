from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("torch")
pytest.importorskip("transformers")

from emoscope.errors import ExportError
from emoscope.export.parity import check_fp32, compare


class Fixed:
    """Gives the same scores whatever the texts."""

    labels = ("joy", "fear")
    task = "multi_label"

    def __init__(self, scores) -> None:
        self.scores = np.array(scores, np.float32)

    def logits(self, texts: Sequence[str]) -> np.ndarray:
        return self.scores


TEXTS = ["first", "second"]


def test_differences_by_hand():
    # sigmoid(0) = 0.5, sigmoid(log 3) = 0.75
    zero, three = np.zeros((1, 2), np.float32), np.array([[np.log(3.0), 0.0]], np.float32)
    found = compare(zero, three, "multi_label")
    assert found.greatest == pytest.approx(0.25)
    assert found.mean == pytest.approx(0.125)
    # softmax of (log 3, 0) is (0.75, 0.25)
    assert compare(zero, three, "single_label").mean == pytest.approx(0.25)


def test_a_graph_within_tolerance():
    same = Fixed([[0.0, 1.0], [2.0, 3.0]])
    near = Fixed([[0.0, 1.0], [2.0, 3.0001]])
    assert check_fp32(same, near, TEXTS).greatest < 1e-4


def test_a_drifted_graph_names_text_and_label():
    expected, drifted = Fixed([[0.0, 1.0], [2.0, 0.0]]), Fixed([[0.0, 1.0], [2.0, 0.01]])
    with pytest.raises(
        ExportError, match=r"the text 'second' it gives 'fear' the probability 0\.502500 instead"
    ):
        check_fp32(expected, drifted, TEXTS)


def test_what_is_no_number_is_drift():
    with pytest.raises(ExportError, match="'first'"):
        check_fp32(Fixed([[0.0, 1.0], [0, 0]]), Fixed([[np.nan, 1.0], [0, 0]]), TEXTS)

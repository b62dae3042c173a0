from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("torch")
pytest.importorskip("transformers")

from emoscope.errors import ExportError
from emoscope.export.parity import Difference, check_fp32, compare


def check(expected: list[list[float]], found: list[list[float]]) -> Difference:
    """Scores of two texts and two labels."""
    matrices = np.array(expected, np.float32), np.array(found, np.float32)
    return check_fp32(*matrices, TEXTS, ("joy", "fear"), "multi_label")


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
    same, near = [[0.0, 1.0], [2.0, 3.0]], [[0.0, 1.0], [2.0, 3.0001]]
    assert check(same, near).greatest < 1e-4


def test_a_drifted_graph_names_text_and_label():
    expected, drifted = [[0.0, 1.0], [2.0, 0.0]], [[0.0, 1.0], [2.0, 0.01]]
    with pytest.raises(
        ExportError, match=r"the text 'second' it gives 'fear' the probability 0\.502500 instead"
    ):
        check(expected, drifted)


def test_what_is_no_number_is_drift():
    with pytest.raises(ExportError, match="'first'"):
        check([[0.0, 1.0], [0, 0]], [[np.nan, 1.0], [0, 0]])

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emoscope.batch.writing.digits import DigitRows


def test_the_template_around_the_digits():
    rows = DigitRows(["é: ", ", 😀: "], "}")
    matrix = np.array([[0.25, 1.0], [0.0, 0.9999999]], dtype=np.float32)
    assert rows(matrix) == ["é: 0.250000, 😀: 1.000000}", "é: 0.000000, 😀: 1.000000}"]


def test_nothing_of_a_longer_chunk_is_left_in_a_shorter_one():
    rows = DigitRows(["a"], "")
    first = np.array([[0.111111], [0.222222], [0.333333]], dtype=np.float32)
    assert rows(first) == ["a0.111111", "a0.222222", "a0.333333"]
    assert rows(first[2:]) == ["a0.333333"]
    assert rows(first[:0]) == []
    assert rows(first) == ["a0.111111", "a0.222222", "a0.333333"]


@given(arrays(np.float32, (3, 4), elements=st.floats(0, 1, width=32)))
def test_digits_are_those_of_format(matrix):
    rows = DigitRows(["", ",", ",", ","], "")(matrix)
    for row, values in zip(rows, matrix.tolist(), strict=True):
        for text, value in zip(row.split(","), values, strict=True):
            assert len(text) == 8
            assert float(text) == pytest.approx(value, abs=0.5000001e-6)
            if abs(value * 1e6 % 1 - 0.5) > 1e-6:  # not half way, where float arithmetic decides
                assert text == f"{value:.6f}"

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscope.decisions.folds import draw_folds


def test_thirteen_positives_are_dealt_evenly() -> None:
    truth = np.zeros((500, 2), dtype=np.bool_)
    truth[:, 0] = True
    truth[100:113, 1] = True
    fold = draw_folds(truth, 5, seed=0)
    assert sorted(np.bincount(fold[100:113], minlength=5).tolist()) == [2, 2, 3, 3, 3]


def test_seed_decides() -> None:
    truth = np.eye(4, dtype=np.bool_)[np.arange(40) % 4]
    np.testing.assert_array_equal(draw_folds(truth, 5, 1), draw_folds(truth, 5, 1))
    assert (draw_folds(truth, 5, 1) != draw_folds(truth, 5, 2)).any()


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 60), st.integers(2, 7), st.integers(0, 1000))
def test_folds_have_equal_sizes(n: int, folds: int, seed: int) -> None:
    truth = np.random.default_rng(seed).random((n, 3)) < 0.3
    sizes = np.bincount(draw_folds(truth, folds, seed), minlength=folds)
    assert sizes.sum() == n
    assert sizes.max() - sizes.min() <= 1

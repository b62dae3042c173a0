from __future__ import annotations

import numpy as np
import pytest

from emoscope.metrics.counts import Counts, count, count_rows, macro, ratio, weighted

# Four texts, three labels. By hand:
#   label a: true in rows 0, 1; given in rows 0, 2      -> TP 1, predicted 2, support 2
#   label b: true in rows 1, 2, 3; given in row 3       -> TP 1, predicted 1, support 3
#   label c: never true; given in row 3                 -> TP 0, predicted 1, support 0
TRUTH = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0]], dtype=bool)
GIVEN = np.array([[1, 0, 0], [0, 0, 0], [1, 0, 0], [0, 1, 1]], dtype=bool)


def test_counts_by_hand():
    counts = count(TRUTH, GIVEN)
    assert counts.true_positive.tolist() == [1, 1, 0]
    assert counts.predicted.tolist() == [2, 1, 1]
    assert counts.support.tolist() == [2, 3, 0]


def test_precision_recall_f1_by_hand():
    counts = count(TRUTH, GIVEN)
    np.testing.assert_allclose(counts.precision, [1 / 2, 1, 0])
    np.testing.assert_allclose(counts.recall, [1 / 2, 1 / 3, 0])
    np.testing.assert_allclose(counts.f1, [1 / 2, 1 / 2, 0])


def test_averages_by_hand():
    counts = count(TRUTH, GIVEN)
    assert float(macro(counts.f1, counts.support)) == 1 / 2  # label c has no text
    assert float(weighted(counts.recall, counts.support)) == pytest.approx((1 + 1 + 0) / 5)
    micro = counts.pooled()
    assert micro.precision.tolist() == [2 / 4]
    assert micro.recall.tolist() == [2 / 5]
    assert micro.f1.tolist() == [4 / 9]


def test_rows_by_hand():
    row = count_rows(TRUTH, GIVEN)
    np.testing.assert_allclose(row.precision[:, 0], [1, 0, 0, 1 / 2])
    np.testing.assert_allclose(row.recall[:, 0], [1, 0, 0, 1])
    np.testing.assert_allclose(row.f1[:, 0], [1, 0, 0, 2 / 3])


def test_nothing_over_nothing_is_zero():
    zero = np.zeros(2)
    nothing = Counts(zero, zero, zero)
    assert nothing.precision.tolist() == nothing.recall.tolist() == nothing.f1.tolist() == [0, 0]
    assert float(weighted(nothing.f1, nothing.support)) == 0.0
    assert float(macro(nothing.f1, nothing.support)) == 0.0
    assert ratio(np.array([1.0, 2.0]), np.array([0.0, 4.0])).tolist() == [0.0, 0.5]


def test_leading_axes_are_kept():
    counts = count(TRUTH, GIVEN)
    doubled = Counts(
        np.stack([counts.true_positive, 0 * counts.true_positive]),
        np.stack([counts.predicted, counts.predicted]),
        np.stack([counts.support, counts.support]),
    )
    np.testing.assert_allclose(doubled.f1, [[1 / 2, 1 / 2, 0], [0, 0, 0]])
    np.testing.assert_allclose(macro(doubled.f1, doubled.support), [1 / 2, 0])
    assert doubled.pooled().f1.shape == (2, 1)

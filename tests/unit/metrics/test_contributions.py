from __future__ import annotations

import numpy as np

from emoscope.metrics.contributions import contributions, sum_contributions
from emoscope.metrics.counts import count

TRUTH = np.array([[1, 0], [1, 1], [0, 1]], dtype=bool)
GIVEN = np.array([[1, 0], [1, 0], [1, 0]], dtype=bool)


def test_every_text_once_equals_plain_counts():
    sums = sum_contributions(contributions(TRUTH, GIVEN))
    plain = count(TRUTH, GIVEN)
    np.testing.assert_array_equal(sums.counts.true_positive, plain.true_positive)
    np.testing.assert_array_equal(sums.counts.predicted, plain.predicted)
    np.testing.assert_array_equal(sums.counts.support, plain.support)
    assert sums.n_texts == 3
    assert sums.exact == 1
    assert sums.sample_precision == 2  # 1 + 1 + 0
    assert sums.sample_recall == 1.5  # 1 + 1/2 + 0
    np.testing.assert_allclose(sums.sample_f1, 1 + 2 / 3)


def test_weights_count_a_text_as_often_as_it_was_drawn():
    weights = np.array([[1.0, 1.0, 1.0], [0.0, 3.0, 0.0], [2.0, 0.0, 1.0]])
    sums = sum_contributions(contributions(TRUTH, GIVEN), weights)
    np.testing.assert_array_equal(sums.counts.true_positive, [[2, 0], [3, 0], [2, 0]])
    np.testing.assert_array_equal(sums.counts.support, [[2, 2], [3, 3], [2, 1]])
    np.testing.assert_array_equal(sums.exact, [1, 0, 2])
    assert sums.n_texts == 3

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emoscope.errors import DecisionError
from emoscope.metrics import ranking
from emoscope.metrics.ranking import (
    average_precision,
    label_ranking_average_precision,
    macro_of_defined,
    micro_average_precision,
    micro_roc_auc,
    rank_correlation,
    roc_auc,
    weighted_of_defined,
)

# one label, scores from the best: true, other, true+other (tied), other
TRUTH = np.array([[1], [0], [1], [0], [0]], dtype=bool)
SCORES = np.array([[0.9], [0.8], [0.5], [0.5], [0.1]])


def test_roc_auc_by_hand():
    # the first true text beats all 3 others; the second beats 1, ties with 1, loses to 1: 4.5 of 6
    assert roc_auc(TRUTH, SCORES).tolist() == [4.5 / 6]


def test_average_precision_by_hand():
    # recall 1/2 at precision 1/1; the tied pair enters together: recall 1 at precision 2/4
    assert average_precision(TRUTH, SCORES).tolist() == [0.5 * 1 + 0.5 * 0.5]


def test_label_ranking_by_hand():
    truth = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=bool)
    scores = np.array([[0.9, 0.5, 0.1], [0.4, 0.4, 0.2], [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])
    # text 0: 1/1 and 2/3; text 1: tied with another, 1/2; none and all true: 1 each
    assert label_ranking_average_precision(truth, scores) == pytest.approx((5 / 6 + 1 / 2 + 2) / 4)


def test_undefined_labels_are_nan():
    truth = np.array([[1, 0, 1], [1, 0, 0]], dtype=bool)
    scores = np.array([[0.1, 0.2, 0.9], [0.5, 0.4, 0.3]])
    areas, precisions = roc_auc(truth, scores), average_precision(truth, scores)
    assert np.isnan(areas).tolist() == [True, True, False]
    assert np.isnan(precisions).tolist() == [False, True, False]
    assert macro_of_defined(areas) == (1.0, 1)
    assert macro_of_defined(precisions) == (1.0, 2)
    assert weighted_of_defined(areas, np.array([2.0, 0.0, 1.0])) == 1.0


def test_mean_of_nothing_is_nan():
    value, n_labels = macro_of_defined(np.array([np.nan]))
    assert np.isnan(value)
    assert n_labels == 0
    assert np.isnan(weighted_of_defined(np.array([np.nan]), np.array([3.0])))


@st.composite
def scored(draw):
    shape = draw(st.tuples(st.integers(2, 8), st.integers(2, 5)))
    truth = draw(arrays.arrays(np.bool_, shape))
    # quarters, so that ties are common
    scores = draw(arrays.arrays(np.int64, shape, elements=st.integers(-2, 4))) / 4.0
    return truth, scores


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(scored())
def test_like_scikit_learn_with_ties(case):
    metrics = pytest.importorskip("sklearn.metrics")
    truth, scores = case
    areas, precisions = roc_auc(truth, scores), average_precision(truth, scores)
    for j in range(truth.shape[1]):
        if truth[:, j].any():
            theirs = metrics.average_precision_score(truth[:, j], scores[:, j])
            assert precisions[j] == pytest.approx(theirs)
            if not truth[:, j].all():
                assert areas[j] == pytest.approx(metrics.roc_auc_score(truth[:, j], scores[:, j]))
    if truth.any():
        theirs = metrics.average_precision_score(truth, scores, average="micro")
        assert micro_average_precision(truth, scores) == pytest.approx(theirs)
        if not truth.all():
            theirs = metrics.roc_auc_score(truth, scores, average="micro")
            assert micro_roc_auc(truth, scores) == pytest.approx(theirs)
    theirs = metrics.label_ranking_average_precision_score(truth, scores)
    assert label_ranking_average_precision(truth, scores) == pytest.approx(theirs)


def test_macro_averages_like_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    truth = rng.random((300, 12)) < 0.1
    truth[:, 0] = False
    truth[4, 0] = True  # a label that one text has
    scores = (rng.random(truth.shape) + truth).astype(np.float32).round(2)
    area, precision = (
        macro_of_defined(metric(truth, scores)) for metric in (roc_auc, average_precision)
    )
    assert area == pytest.approx((metrics.roc_auc_score(truth, scores, average="macro"), 12))
    theirs = metrics.average_precision_score(truth, scores, average="macro")
    assert precision == pytest.approx((theirs, 12))


def test_one_vs_rest_like_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(2)
    index = rng.integers(4, size=100)
    scores = rng.dirichlet(np.ones(4), size=100)
    truth = np.eye(4, dtype=bool)[index]
    areas = roc_auc(truth, scores)
    theirs = metrics.roc_auc_score(index, scores, multi_class="ovr")
    assert macro_of_defined(areas).value == pytest.approx(theirs)
    theirs = metrics.roc_auc_score(index, scores, multi_class="ovr", average="weighted")
    assert weighted_of_defined(areas, truth.sum(axis=0) * 1.0) == pytest.approx(theirs)


def test_label_ranking_in_blocks_is_the_same(monkeypatch):
    rng = np.random.default_rng(5)
    truth, scores = rng.random((50, 6)) < 0.3, rng.random((50, 6))
    whole = label_ranking_average_precision(truth, scores)
    monkeypatch.setattr(ranking, "_PAIRS_AT_ONCE", 7)
    assert label_ranking_average_precision(truth, scores) == whole


def test_nan_scores_are_refused():
    with pytest.raises(DecisionError, match="nan in row 1"):
        roc_auc(TRUTH[:1], [[np.nan]])


def test_rank_correlation_shares_ranks_of_equals() -> None:
    # Spearman's rho with a tie: ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4
    found = rank_correlation(np.array([1.0, 2, 2, 9]), np.array([0.1, 0.2, 0.3, 0.4]))
    assert found == pytest.approx(0.9486833)

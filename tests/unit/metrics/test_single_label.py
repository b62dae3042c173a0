from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscope.errors import DecisionError
from emoscope.metrics.contributions import contributions, sum_contributions
from emoscope.metrics.headline import single_label_headline
from emoscope.metrics.single_label import (
    confusion_matrix,
    top_k_accuracy,
)


def one_hot(indices, n_labels):
    return np.eye(n_labels, dtype=bool)[np.asarray(indices)]


def headline(truth, predicted):
    values = single_label_headline(sum_contributions(contributions(truth, predicted)))
    return {name: float(value) for name, value in values.items()}


def test_by_hand():
    # Six texts; label 0: TP 2, predicted 3, support 3; label 1: TP 1, 3, 2; label 2: TP 0, 0, 1.
    truth, predicted = one_hot([0, 0, 0, 1, 1, 2], 3), one_hot([0, 0, 1, 1, 0, 1], 3)
    f1 = [2 / 3, 2 / 5, 0]
    # R_K: (3 * 6 - (3*3 + 3*2 + 0*1)) / sqrt((36 - 18) * (36 - 14))
    assert headline(truth, predicted) == pytest.approx(
        {
            "accuracy": 3 / 6,
            "balanced_accuracy": (2 / 3 + 1 / 2 + 0) / 3,
            "macro_f1": sum(f1) / 3,
            "weighted_f1": (3 * f1[0] + 2 * f1[1]) / 6,
            "macro_precision": (2 / 3 + 1 / 3 + 0) / 3,
            "weighted_precision": (3 * 2 / 3 + 2 * 1 / 3) / 6,
            "macro_recall": (2 / 3 + 1 / 2 + 0) / 3,
            "mcc": 3 / np.sqrt(18 * 22),
        }
    )
    assert confusion_matrix(truth, predicted).tolist() == [[2, 1, 0], [1, 1, 0], [0, 1, 0]]


def expected(truth, predicted, n_labels):
    """Return the same from scikit-learn, given label indices."""
    metrics = pytest.importorskip("sklearn.metrics")
    every = list(range(n_labels))
    values = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "mcc": metrics.matthews_corrcoef(truth, predicted),
    }
    for average in ("macro", "weighted"):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            truth, predicted, labels=np.unique(truth), average=average, zero_division=0
        )
        values |= {f"{average}_precision": precision, f"{average}_f1": f1}
        if average == "macro":  # weighted recall is accuracy
            values["macro_recall"] = recall
    return values, metrics.confusion_matrix(truth, predicted, labels=every)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_like_scikit_learn_on_any_labels(data):
    n_labels = data.draw(st.integers(2, 6))
    pairs = st.tuples(st.integers(0, n_labels - 1), st.integers(0, n_labels - 1))
    truth, predicted = np.array(data.draw(st.lists(pairs, min_size=1, max_size=12))).T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of labels that only predictions have
        values, confusion = expected(truth, predicted, n_labels)
    true, given_ = one_hot(truth, n_labels), one_hot(predicted, n_labels)
    assert headline(true, given_) == pytest.approx(values, abs=1e-12)
    np.testing.assert_array_equal(confusion_matrix(true, given_), confusion)


def test_mcc_of_constant_predictions_is_zero():
    assert headline(one_hot([0, 1, 2], 3), one_hot([1, 1, 1], 3))["mcc"] == 0.0


def test_confusion_refuses_two_labels_in_a_row():
    with pytest.raises(DecisionError, match="row 1: 2 labels"):
        confusion_matrix(one_hot([0], 2), np.array([[True, True]]))


def test_top_k_by_hand():
    truth = one_hot([0, 1, 2], 3)
    scores = [[0.5, 0.3, 0.2], [0.6, 0.3, 0.1], [0.5, 0.3, 0.2]]  # true label ranks 1, 2, 3
    assert [top_k_accuracy(truth, scores, k) for k in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])


def test_top_k_gives_nothing_for_a_tie():
    assert top_k_accuracy(one_hot([0], 3), [[0.4, 0.4, 0.2]], 1) == 0.0
    assert top_k_accuracy(one_hot([0], 3), [[0.4, 0.4, 0.2]], 2) == 1.0


def test_top_k_like_scikit_learn_without_ties():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(1)
    truth, scores = rng.integers(6, size=200), rng.random((200, 6))
    for k in (1, 2, 5):
        theirs = metrics.top_k_accuracy_score(truth, scores, k=k, labels=range(6))
        assert top_k_accuracy(one_hot(truth, 6), scores, k) == pytest.approx(theirs)


@pytest.mark.parametrize("k", [0, 4])
def test_top_k_refuses_impossible_k(k):
    with pytest.raises(DecisionError, match="give 1 to 3"):
        top_k_accuracy(one_hot([0], 3), [[0.4, 0.4, 0.2]], k)

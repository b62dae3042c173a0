from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emoscope.metrics.contributions import contributions, sum_contributions
from emoscope.metrics.headline import multi_label_headline


def headline(truth, predicted):
    values = multi_label_headline(sum_contributions(contributions(truth, predicted)))
    return {name: float(value) for name, value in values.items()}


def test_by_hand():
    # label a: TP 1, predicted 2, support 2; b: 1, 1, 3; c: 0, 1, 0 (see test_counts)
    truth = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0]], dtype=bool)
    predicted = np.array([[1, 0, 0], [0, 0, 0], [1, 0, 0], [0, 1, 1]], dtype=bool)
    assert headline(truth, predicted) == pytest.approx(
        {
            "macro_f1": 1 / 2,
            "micro_f1": 4 / 9,
            "weighted_f1": (2 * 0.5 + 3 * 0.5) / 5,
            "sample_f1": (1 + 0 + 0 + 2 / 3) / 4,
            "macro_precision": (1 / 2 + 1) / 2,
            "micro_precision": 0.5,
            "weighted_precision": (2 * 0.5 + 3 * 1) / 5,
            "sample_precision": (1 + 0 + 0 + 0.5) / 4,
            "macro_recall": (1 / 2 + 1 / 3) / 2,
            "micro_recall": 2 / 5,
            "weighted_recall": 2 / 5,
            "sample_recall": 2 / 4,
            "subset_accuracy": 1 / 4,
            "hamming_loss": 5 / 12,
        }
    )


def expected(truth, predicted):
    """Return the same from scikit-learn."""
    metrics = pytest.importorskip("sklearn.metrics")
    values = {
        "subset_accuracy": metrics.accuracy_score(truth, predicted),
        "hamming_loss": metrics.hamming_loss(truth, predicted),
    }
    for ours, theirs in (
        ("macro", "macro"),
        ("micro", "micro"),
        ("weighted", "weighted"),
        ("sample", "samples"),
    ):
        labels = np.flatnonzero(truth.any(axis=0)) if ours == "macro" else None
        if labels is not None and not len(labels):
            precision = recall = f1 = 0.0
        else:
            precision, recall, f1, _ = metrics.precision_recall_fscore_support(
                truth.astype(int),
                predicted.astype(int),
                average=theirs,
                zero_division=0,
                labels=labels,
            )
        values[f"{ours}_precision"] = precision
        values[f"{ours}_recall"] = recall
        values[f"{ours}_f1"] = f1
    return values


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_like_scikit_learn_on_any_matrices(data):
    # two labels at least: scikit-learn takes a single column for a binary task
    shape = data.draw(st.tuples(st.integers(1, 7), st.integers(2, 5)))
    truth = data.draw(arrays.arrays(np.bool_, shape))
    predicted = data.draw(arrays.arrays(np.bool_, shape))
    assert headline(truth, predicted) == pytest.approx(expected(truth, predicted), abs=1e-12)


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.5, 1.0])
def test_like_scikit_learn_with_few_many_and_no_predictions(rate):
    rng = np.random.default_rng(3)
    truth = rng.random((400, 28)) < 0.04
    truth[:, 5] = False  # a label that no text has
    truth[:, 9] = False
    truth[17, 9] = True  # a label that one text has
    predicted = rng.random(truth.shape) < rate
    assert headline(truth, predicted) == pytest.approx(expected(truth, predicted), abs=1e-12)


def test_perfect_predictions():
    truth = np.eye(3, dtype=bool)
    values = headline(truth, truth)
    assert values.pop("hamming_loss") == 0.0
    assert set(values.values()) == {1.0}

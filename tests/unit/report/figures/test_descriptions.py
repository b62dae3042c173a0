"""What sentences say, where the answer is known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from emoscope.evaluation.error_analysis.label_confusions import count_label_confusions
from emoscope.report.context import ReportContext
from emoscope.report.figures import history, label_confusion, labels_per_text


def context(labels: str = "", **model: Any) -> ReportContext:
    """A context of a model of which nothing but ``model`` is asked."""
    parts = {"labels": tuple(labels), "task": "multi_label", "provenance": {}, **model}
    return ReportContext(SimpleNamespace(**parts))  # type: ignore[arg-type]


def test_label_confusions_by_hand() -> None:
    truth = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    predicted = np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=bool)
    found, nothing, matrix = count_label_confusions(truth, predicted)
    assert found.tolist() == [1, 1, 0]
    assert nothing.tolist() == [1, 0, 1]
    assert matrix.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    told = context("abc", truth=truth, predicted=predicted, support=truth.sum(axis=0))
    text = label_confusion.describe(told)
    assert "a as b (1)" in text


def test_too_many_labels_are_said_to_be_too_many() -> None:
    truth = np.tile([True, False], (10, 1))
    predicted = np.ones((10, 2), dtype=bool)
    predicted[0] = False
    text = labels_per_text.describe(context(truth=truth, predicted=predicted))
    assert "more labels than there are: 1.80 a text against 1.00" in text
    assert "10.0 % none" in text


def test_the_best_epoch_tells_whether_training_was_too_long_or_too_short() -> None:
    rows = {
        "epoch": np.array([1.0, 2.0, 3.0]),
        "macro_f1": np.array([0.4, 0.5, 0.5]),
        "validation_loss": np.array([0.3, 0.4, 0.5]),
    }
    assert "overfits" in history.describe(context(history=rows))
    del rows["macro_f1"]
    assert "longer training might help" in history.describe(context(history=rows))

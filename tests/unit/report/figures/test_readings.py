"""What sentences say, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from emoscope.report.figures import cooccurrence, history, labels_per_text, support_f1
from emoscope.report.figures import label_confusion as mistaken
from emoscope.report.figures import risk_coverage as abstaining


def test_mistaken_counts_by_hand() -> None:
    truth = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    predicted = np.array([[0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=bool)
    found, nothing, matrix = mistaken.count_mistaken(truth, predicted)
    assert found.tolist() == [1, 1, 0]
    assert nothing.tolist() == [1, 0, 1]
    assert matrix.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    text = mistaken.read(("a", "b", "c"), truth.sum(axis=0), nothing, matrix)
    assert "a as b (1)" in text


def test_pairs_by_hand() -> None:
    held = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]], dtype=bool)
    assert cooccurrence.count_pairs(held).tolist() == [[3, 2, 1], [2, 2, 1], [1, 1, 1]]


def test_too_many_labels_are_said_to_be_too_many() -> None:
    text = labels_per_text.read(np.array([0, 10, 0]), np.array([1, 0, 9]))
    assert "more labels than there are: 1.80 a text against 1.00" in text
    assert "10.0 % none" in text


def test_rank_correlation_shares_ranks_of_equals() -> None:
    # Spearman's rho with a tie: ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4
    found = support_f1.rank_correlation(np.array([1.0, 2, 2, 9]), np.array([0.1, 0.2, 0.3, 0.4]))
    assert found == pytest.approx(0.9486833)


def test_silence_by_hand() -> None:
    right = np.array([True, False, True, True])
    top = np.array([0.9, 0.4, 0.6, 0.8])
    accuracy, answered = abstaining.sweep_answers(right, top, np.array([0.0, 0.5, 0.95]))
    assert accuracy[:2] == pytest.approx([0.75, 1.0])
    assert np.isnan(accuracy[2])
    assert answered.tolist() == [1.0, 0.75, 0.0]


def test_the_epoch_kept_is_that_of_the_metric_it_was_chosen_by() -> None:
    rows = {
        "epoch": np.array([1.0, 2.0, 3.0]),
        "macro_f1": np.array([0.4, 0.5, 0.5]),
        "validation_loss": np.array([0.3, 0.4, 0.5]),
    }
    assert history.judged_by(rows, "multi_label") == "macro_f1"
    assert history.best_row(rows, "macro_f1") == 1
    rows["micro_f1"] = np.array([0.7, 0.6, 0.5])
    assert history.judged_by(rows, "multi_label", "micro_f1") == "micro_f1"
    assert history.best_row(rows, "micro_f1") == 0
    assert history.judged_by(rows, "single_label") == "macro_f1"  # there is no accuracy here
    assert history.judged_by({"epoch": rows["epoch"]}, "multi_label") is None
    assert history.best_row({"epoch": rows["epoch"]}, None) == 2
    assert "learns train by heart" in history.read(rows, 1, "macro_f1")
    assert "longer training might help" in history.read(rows, 2, None)

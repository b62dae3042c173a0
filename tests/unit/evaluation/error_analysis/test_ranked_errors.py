from __future__ import annotations

import numpy as np

from emoscope.evaluation.error_analysis.ranked_errors import (
    Mistake,
    false_alarms,
    missed_labels,
    varied,
)

TRUTH = np.array([[1, 0], [0, 1], [0, 0]], dtype=bool)
PREDICTED = np.array([[0, 1], [1, 1], [1, 0]], dtype=bool)
PROBABILITIES = np.array([[0.1, 0.8], [0.9, 0.7], [0.6, 0.2]])


def test_false_alarms_come_the_most_probable_first() -> None:
    found = false_alarms(TRUTH, PREDICTED, PROBABILITIES)
    assert [(m.row, m.label, m.probability) for m in found] == [
        (1, 0, 0.9),
        (0, 1, 0.8),
        (2, 0, 0.6),
    ]


def test_missed_labels_come_the_least_probable_first() -> None:
    truth = np.array([[1, 1], [1, 0]], dtype=bool)
    found = missed_labels(truth, np.zeros((2, 2), dtype=bool), [[0.3, 0.1], [0.2, 0.0]])
    assert [(m.row, m.label) for m in found] == [(0, 1), (1, 0), (0, 0)]


def test_no_label_fills_the_list() -> None:
    mistakes = [Mistake(i, 0, 0.9) for i in range(5)] + [Mistake(9, 1, 0.5)]
    assert [m.row for m in varied(mistakes, most=4, each_label=2)] == [0, 1, 9]

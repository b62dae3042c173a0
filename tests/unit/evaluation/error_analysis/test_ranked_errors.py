from __future__ import annotations

import numpy as np

from emoscope.evaluation.error_analysis.ranked_errors import (
    RankedError,
    false_negatives,
    false_positives,
    limit_per_label,
)

TRUTH = np.array([[1, 0], [0, 1], [0, 0]], dtype=bool)
PREDICTED = np.array([[0, 1], [1, 1], [1, 0]], dtype=bool)
PROBABILITIES = np.array([[0.1, 0.8], [0.9, 0.7], [0.6, 0.2]])


def test_false_alarms_come_the_most_probable_first() -> None:
    found = false_positives(TRUTH, PREDICTED, PROBABILITIES)
    assert [(m.row, m.label, m.probability) for m in found] == [
        (1, 0, 0.9),
        (0, 1, 0.8),
        (2, 0, 0.6),
    ]


def test_missed_labels_come_the_least_probable_first() -> None:
    truth = np.array([[1, 1], [1, 0]], dtype=bool)
    found = false_negatives(truth, np.zeros((2, 2), dtype=bool), [[0.3, 0.1], [0.2, 0.0]])
    assert [(m.row, m.label) for m in found] == [(0, 1), (1, 0), (0, 0)]


def test_no_label_fills_the_list() -> None:
    errors = [RankedError(i, 0, 0.9) for i in range(5)] + [RankedError(9, 1, 0.5)]
    assert [m.row for m in limit_per_label(errors, most=4, each_label=2)] == [0, 1, 9]

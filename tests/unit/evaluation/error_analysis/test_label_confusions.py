from __future__ import annotations

import numpy as np
import pytest

from emoscope.evaluation.error_analysis.label_confusions import confused_pairs, count_pairs


def test_pairs_by_hand() -> None:
    truth = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0]], dtype=bool)
    predicted = np.array([[0, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=bool)
    probabilities = [[0, 0.6, 0], [0, 0.9, 0], [0.5, 0, 0], [0, 0, 0]]
    first, second = confused_pairs(truth, predicted, probabilities)
    assert (first.meant, first.given, first.n_texts) == (0, 1, 2)
    assert first.of_missed == pytest.approx(2 / 3)
    assert first.mirrored == 1
    assert first.example == 1
    assert (second.meant, second.given, second.n_texts, second.mirrored) == (1, 0, 1, 2)


def test_a_label_that_was_found_is_not_mistaken() -> None:
    truth = np.array([[1, 0]], dtype=bool)
    assert confused_pairs(truth, np.array([[1, 1]], dtype=bool), [[0.9, 0.9]]) == []


def test_labels_together_by_hand() -> None:
    held = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]], dtype=bool)
    assert count_pairs(held).tolist() == [[3, 2, 1], [2, 2, 1], [1, 1, 1]]

from __future__ import annotations

import numpy as np

from emoscope.batch.writing.encoders import label_lists, top_labels
from emoscope.inference.answers import LabelAnswers

LABELS = ("joy", "fear", "love")


def answer(probabilities, held):
    return LabelAnswers(np.array(probabilities, dtype=np.float32), np.array(held, dtype=np.bool_))


def test_labels_that_hold_most_probable_first():
    given = answer(
        [[0.5, 0.9, 0.7], [0.1, 0.2, 0.3], [0.6, 0.6, 0.9]],
        [[True, True, True], [False, False, False], [True, True, False]],
    )
    assert label_lists(given, LABELS) == [["fear", "love", "joy"], [], ["joy", "fear"]]


def test_the_top_label_need_not_hold():
    given = answer([[0.1, 0.3, 0.2], [0.4, 0.4, 0.1]], [[False] * 3, [False] * 3])
    assert top_labels(given, LABELS) == ["fear", "joy"]


def test_no_rows():
    given = answer(np.zeros((0, 3)), np.zeros((0, 3)))
    assert label_lists(given, LABELS) == []
    assert top_labels(given, LABELS) == []

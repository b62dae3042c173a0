from __future__ import annotations

import numpy as np
import pytest

from emoscope.errors import TaxonomyError
from emoscope.inference.label_rows import label_rows


def test_answers_are_those_of_the_classifier(classifier):
    texts = ["j", "al", "xyz", "nn", " \u200b"]
    answers = label_rows(classifier, texts)
    predictions = classifier(texts)
    (own,) = answers.sets
    for row, prediction in enumerate(predictions):
        assert own.probabilities[row].tolist() == list(prediction.probabilities.values())
        held = {classifier.labels[i] for i in np.flatnonzero(own.held[row])}
        assert held == set(prediction.labels)
        assert answers.notes[row] == prediction.notes
    assert answers.notes[-1] == ("empty_text",)


def test_rows_without_text_are_never_scored(classifier):
    answers = label_rows(classifier, [None, "jj", None])
    assert classifier.scorer.sizes == [1]
    assert answers.sets[0].probabilities[0].tolist() == [0, 0, 0, 0]
    assert answers.sets[0].held.tolist() == [
        [False] * 4,
        [True, False, False, False],
        [False] * 4,
    ]
    assert label_rows(classifier, [None]).sets[0].held.shape == (1, 4)
    assert classifier.scorer.sizes == [1]


def test_rollups_are_answered_too(classifier):
    answers = label_rows(classifier, ["ll", None, "aa"], ["mood"])
    assert classifier.scorer.sizes == [2]  # once for both sets
    assert answers.sets[1].held.tolist() == [
        [True, False, False], [False, False, False], [False, True, False],
    ]  # fmt: skip


def test_an_unknown_rollup(classifier):
    with pytest.raises(TaxonomyError, match="no roll-up 'moods'"):
        label_rows(classifier, ["j"], ["moods"])

from __future__ import annotations

import numpy as np
import pytest
from emoscope.batch.worker import LabelSet, Worker

from emoscope.errors import TaxonomyError


def test_answers_are_those_of_the_classifier(classifier):
    texts = ["j", "al", "xyz", "nn"]
    labelled = Worker(classifier)(texts)
    predictions = classifier(texts)
    (answer,) = labelled.answers
    assert labelled.answered.all()
    for row, prediction in enumerate(predictions):
        assert list(answer.probabilities[row]) == pytest.approx(
            list(prediction.probabilities.values())
        )
        held = {classifier.labels[i] for i in np.flatnonzero(answer.held[row])}
        assert held == set(prediction.labels)


def test_rows_without_text_are_never_scored(classifier):
    labelled = Worker(classifier)([None, "jj", None])
    assert classifier.scorer.sizes == [1]
    assert labelled.answered.tolist() == [False, True, False]
    assert labelled.answers[0].probabilities[0].tolist() == [0, 0, 0, 0]
    assert labelled.answers[0].held.tolist() == [
        [False] * 4,
        [True, False, False, False],
        [False] * 4,
    ]
    assert Worker(classifier)([None]).answers[0].held.shape == (1, 4)
    assert classifier.scorer.sizes == [1]


def test_rollups_are_answered_too(classifier):
    worker = Worker(classifier, ["mood"])
    assert worker.sets == (
        LabelSet(None, ("joy", "love", "anger", "neutral")),
        LabelSet("mood", ("good", "bad", "neutral")),
    )
    labelled = worker(["ll", None, "aa"])
    assert classifier.scorer.sizes == [2]  # once for both sets
    assert labelled.answers[1].held.tolist() == [
        [True, False, False], [False, False, False], [False, True, False],
    ]  # fmt: skip


def test_an_unknown_rollup(classifier):
    with pytest.raises(TaxonomyError, match="no roll-up 'moods'"):
        Worker(classifier, ["moods"])

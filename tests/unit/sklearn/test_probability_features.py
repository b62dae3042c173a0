from __future__ import annotations

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import emoscope
from emoscope.errors import DataError, ModelFolderError
from emoscope.sklearn import ProbabilityFeatures

TEXTS = ["thank you so much!", "I am so scared", "thanks a lot, friend", "this terrifies me"]


def test_it_gives_what_the_classifier_gives() -> None:
    classifier = emoscope.load()
    found = ProbabilityFeatures().transform(TEXTS)
    np.testing.assert_array_equal(found, classifier.predict_proba(TEXTS))
    ekman = ProbabilityFeatures(classifier, rollup="ekman").fit(TEXTS)
    assert ekman.get_feature_names_out().tolist() == list(classifier.rollup("ekman").labels)
    assert ekman.transform(TEXTS).shape == (4, 7)


def test_it_is_a_step_that_is_cloned_and_pickled() -> None:
    pipeline = make_pipeline(ProbabilityFeatures(), LogisticRegression(C=100))
    pipeline.fit(TEXTS, [0, 1, 0, 1])
    again = pickle.loads(pickle.dumps(pipeline))
    assert again.predict(["many thanks", "what a frightening night"]).tolist() == [0, 1]
    assert not hasattr(clone(pipeline)[0], "classifier_")
    clone(ProbabilityFeatures(emoscope.load()))


def test_it_can_name_its_columns() -> None:
    pytest.importorskip("pandas")
    found = ProbabilityFeatures(rollup="sentiment").set_output(transform="pandas").transform(TEXTS)
    assert list(found.columns) == list(emoscope.load().rollup("sentiment").labels)


def test_what_cannot_be_is_told() -> None:
    with pytest.raises(ModelFolderError):
        ProbabilityFeatures("no-such-model").fit(TEXTS)
    with pytest.raises(DataError, match="position 0"):
        ProbabilityFeatures().transform([1.0])

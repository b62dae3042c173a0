from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from emoscope.errors import DataError, RecipeError, UnusableSplit
from emoscope.sklearn import RecipeClassifier


def upper(texts: list[str]) -> list[str]:
    return [text.upper() for text in texts]


def test_one_label_a_text(texts: list[str], labels: list[str], settings: dict[str, Any]) -> None:
    model = RecipeClassifier(settings=settings).fit(np.array(texts), labels)
    assert is_classifier(model)
    assert model.classes_.tolist() == ["anger", "fear", "joy"]
    assert model.predict(texts).tolist() == labels
    found = model.predict_proba(texts)
    assert found.shape == (90, 3)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)
    assert (model.classes_[model.decision_function(texts).argmax(axis=1)] == labels).all()
    assert model.score(texts, labels) == 1.0
    assert model.classifier_("so scared").labels == ("fear",)
    assert any("made splits: train 81, validation 9" in note for note in model.notes_)


def test_two_labels_have_one_margin(texts: list[str], settings: dict[str, Any]) -> None:
    truth = np.array([0, 7] * 30)
    kept = [text for i, text in enumerate(texts) if i % 3 != 2]
    model = RecipeClassifier(settings=settings).fit(kept, truth)
    margins = model.decision_function(kept)
    assert margins.shape == (60,)
    assert model.predict(kept).tolist() == truth.tolist()
    assert ((margins > 0) == (truth == 7)).all()


def test_a_matrix_has_a_column_a_label(
    texts: list[str], matrix: np.ndarray[Any, Any], settings: dict[str, Any]
) -> None:
    model = RecipeClassifier(settings=settings, labels=["joy", "fear", "anger"])
    model.fit(texts, matrix)
    assert model.classes_.tolist() == ["joy", "fear", "anger"]
    assert set(model.classifier_.labels) == {"joy", "fear", "anger"}
    found = model.predict(texts)
    assert found.dtype == np.int64
    assert (found == matrix).mean() > 0.9
    margins = model.decision_function(texts)
    some = (margins > 0).any(axis=1)  # elsewhere the fallback decides
    assert ((margins > 0) == found)[some].all()
    for row, text in enumerate(texts[:5]):
        by_name = model.classifier_(text).probabilities
        expected = [by_name[name] for name in model.classes_]
        np.testing.assert_allclose(model.predict_proba(texts)[row], expected, atol=1e-6)


def test_a_matrix_of_a_known_taxonomy_keeps_its_columns(
    texts: list[str], settings: dict[str, Any]
) -> None:
    names = ["surprise", "sadness", "neutral", "joy", "fear", "disgust", "anger"]  # Ekman's, turned
    truth = np.zeros((90, 7), dtype=np.int64)
    truth[np.arange(90), np.arange(90) % 7] = 1
    told = [f"{text} {names[i % 7]} {names[i % 7]}" for i, text in enumerate(texts)]
    model = RecipeClassifier(settings=settings, labels=names).fit(told, truth)
    assert model.predict_proba(told).argmax(axis=1).tolist() == (np.arange(90) % 7).tolist()
    assert model.classifier_.labels != tuple(names)


def test_it_is_cloned_and_pickled_whole(
    texts: list[str], labels: list[str], settings: dict[str, Any]
) -> None:
    model = RecipeClassifier(settings=settings, random_state=3).fit(texts, labels)
    expected = model.predict_proba(texts)
    assert not hasattr(clone(model), "classes_")
    folder: Path = model._folder.path
    kept = pickle.dumps(model)
    del model
    assert not folder.exists()
    again = pickle.loads(kept)
    np.testing.assert_array_equal(again.predict_proba(texts), expected)
    assert again.classifier_.manifest.provenance["seed"] == 3


@pytest.mark.slow
def test_it_works_in_pipelines_and_searches(
    texts: list[str], labels: list[str], matrix: np.ndarray[Any, Any], settings: dict[str, Any]
) -> None:
    model = RecipeClassifier(settings=settings)
    pipeline = make_pipeline(FunctionTransformer(upper), model)
    assert pipeline.fit(texts, labels).score(texts, labels) == 1.0
    assert cross_val_score(model, texts, matrix, cv=2, scoring="f1_macro").min() > 0.6
    candidates = [{**settings, "strength": value} for value in (0.1, 1.0)]
    search = GridSearchCV(model, {"settings": candidates}, cv=2, scoring="roc_auc_ovr")
    search.fit(texts, labels)
    assert search.best_score_ > 0.95
    assert search.predict(["furious shouting"]).tolist() == ["anger"]


def test_columns_of_a_data_frame_are_texts_and_labels(
    texts: list[str], labels: list[str], matrix: np.ndarray[Any, Any], settings: dict[str, Any]
) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"body": texts, "label": labels}, index=range(500, 590))
    one = RecipeClassifier(settings=settings).fit(frame["body"], frame["label"])
    assert one.predict(frame["body"]).tolist() == labels
    wide = pandas.DataFrame(matrix, columns=["joy", "fear", "anger"])
    many = RecipeClassifier(settings=settings).fit(frame["body"], wide)
    assert many.classes_.tolist() == ["joy", "fear", "anger"]


def test_what_cannot_be_is_told(
    texts: list[str], labels: list[str], matrix: np.ndarray[Any, Any], settings: dict[str, Any]
) -> None:
    model = RecipeClassifier(settings=settings)
    with pytest.raises(NotFittedError):
        model.predict(texts)
    with pytest.raises(DataError, match="position 0"):
        model.fit([1, 2], ["a", "b"])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(texts, labels[:-1])
    with pytest.raises(ValueError, match="MultiLabelBinarizer"):
        model.fit(texts, [[label] for label in labels[:45]] + [["joy", "fear"]] * 45)
    with pytest.raises(ValueError, match="labels names 2 labels and y has 3 columns"):
        clone(model).set_params(labels=["a", "b"]).fit(texts, matrix)
    with pytest.raises(UnusableSplit, match="same label"):
        model.fit(texts, ["joy"] * 90)
    with pytest.raises(RecipeError, match="Did you mean"):
        RecipeClassifier("tfdif").fit(texts, labels)

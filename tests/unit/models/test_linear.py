from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

from emoscope.errors import EmoscopeWarning, NoExamples
from emoscope.models.linear import fit_linear
from emoscope.models.linear_settings import LinearSettings
from emoscope.scorers.linear import LinearScorer

NAMES = ("glad", "cross", "sad")
TEXTS = ["glad day", "so glad", "cross man", "very cross", "sad song", "a sad one", "glad but sad"]
LABELS = np.array(
    [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [1, 0, 1]], dtype=bool
)
SMALL = {"min_texts": 1}


def settings(**changes: object) -> LinearSettings:
    return LinearSettings.model_validate({"words": SMALL, "strength": 10.0, **changes})


@pytest.mark.parametrize("classifier", ["logistic_regression", "linear_svm"])
@pytest.mark.parametrize("characters", [None, SMALL])
def test_multi_label_learns_its_words(classifier: str, characters: dict[str, int] | None) -> None:
    chosen = settings(classifier=classifier, characters=characters, class_weight="balanced")
    scorer = fit_linear(chosen, TEXTS, LABELS, names=NAMES, task="multi_label")
    scores = scorer.logits(["how glad", "cross and sad"])
    assert scores.dtype == np.float32
    assert (scores > 0).tolist()[0] == [True, False, False]
    assert scores[1].argmin() == 0


@pytest.mark.parametrize("classifier", ["logistic_regression", "linear_svm"])
def test_single_label_scores_every_label(classifier: str) -> None:
    scorer = fit_linear(
        settings(classifier=classifier), TEXTS[:6], LABELS[:6], names=NAMES, task="single_label"
    )
    assert scorer.logits(["glad", "cross", "sad"]).argmax(axis=1).tolist() == [0, 1, 2]


def test_two_labels_have_two_scores() -> None:
    scorer = fit_linear(settings(), TEXTS[:4], LABELS[:4, :2], names=NAMES[:2], task="single_label")
    assert scorer.logits(["glad", "cross"]).argmax(axis=1).tolist() == [0, 1]


@pytest.mark.parametrize("task", ["multi_label", "single_label"])
def test_a_label_without_train_text_is_never_chosen(tmp_path: Path, task: str) -> None:
    four = np.hstack([LABELS[:6, :1], np.zeros((6, 1), dtype=bool), LABELS[:6, 1:]])
    names = ("glad", "unseen", "cross", "sad")
    scorer = fit_linear(settings(), TEXTS[:6], four, names=names, task=task)  # type: ignore[arg-type]
    scores = scorer.logits(["glad", "sad", "nothing of this"])
    assert (scores[:, 1] == -20.0).all()
    scorer.save(tmp_path)
    again = LinearScorer.load(tmp_path, names, task)  # type: ignore[arg-type]
    np.testing.assert_array_equal(again.logits(["glad", "sad", "nothing of this"]), scores)


def test_stacked_scores_equal_those_of_scikit_learn() -> None:
    scorer = fit_linear(settings(characters=SMALL), TEXTS, LABELS, names=NAMES, task="multi_label")
    theirs = scorer.pipeline.decision_function(["so sad", "glad and cross"])
    np.testing.assert_allclose(scorer.logits(["so sad", "glad and cross"]), theirs, atol=1e-5)


def test_same_seed_same_scores_whatever_the_number_of_jobs() -> None:
    one = fit_linear(settings(), TEXTS, LABELS, names=NAMES, task="multi_label", seed=1)
    two = fit_linear(settings(), TEXTS, LABELS, names=NAMES, task="multi_label", seed=1, jobs=2)
    np.testing.assert_array_equal(one.logits(TEXTS), two.logits(TEXTS))


def test_texts_without_any_feature() -> None:
    with pytest.raises(NoExamples, match="min_texts"):
        fit_linear(settings(), ["", " "], LABELS[:2], names=NAMES, task="multi_label")


def test_a_solver_that_stops_early_says_so() -> None:
    with pytest.warns(EmoscopeWarning, match="max_iterations = 1"):
        fit_linear(settings(max_iterations=1), TEXTS, LABELS, names=NAMES, task="multi_label")


def test_punctuation_and_emoji_are_words_unless_switched_off() -> None:
    labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool)
    texts = ["ok 😀", "ok 😀", "ok !", "ok !"]
    scorer = fit_linear(settings(), texts, labels, names=("a", "b"), task="single_label")
    assert scorer.logits(["😀", "!"]).argmax(axis=1).tolist() == [0, 1]
    bare = settings(words={**SMALL, "punctuation": False})
    plain = fit_linear(bare, texts, labels, names=("a", "b"), task="single_label")
    np.testing.assert_array_equal(plain.logits(["😀"]), plain.logits(["!"]))

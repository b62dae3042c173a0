from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

from emoscope.data.examples import Examples
from emoscope.errors import EmoscopeWarning, NoExamples
from emoscope.models.linear import fit_linear
from emoscope.models.linear_settings import LinearSettings
from emoscope.scorers.linear import LinearScorer
from emoscope.taxonomy import Task, make_taxonomy

NAMES = ("glad", "cross", "sad")
TEXTS = ["glad day", "so glad", "cross man", "very cross", "sad song", "a sad one", "glad but sad"]
LABELS = np.array(
    [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [1, 0, 1]], dtype=bool
)
SMALL = {"min_texts": 1}


def examples(
    texts: Sequence[str] = TEXTS,
    labels: npt.NDArray[np.bool_] = LABELS,
    names: tuple[str, ...] = NAMES,
    task: Task = "multi_label",
    split: str = "train",
) -> Examples:
    n = len(texts)
    ids = tuple(map(str, range(n)))
    taxonomy = make_taxonomy("feelings", names)
    return Examples(tuple(texts), labels, taxonomy, task, ids, np.full(n, split))


def settings(**changes: object) -> LinearSettings:
    return LinearSettings.model_validate({"words": SMALL, "strength": 10.0, **changes})


@pytest.mark.parametrize("classifier", ["logistic_regression", "linear_svm"])
@pytest.mark.parametrize("characters", [None, SMALL])
def test_multi_label_learns_its_words(classifier: str, characters: dict[str, int] | None) -> None:
    chosen = settings(classifier=classifier, characters=characters, class_weight="balanced")
    scorer = fit_linear(chosen, examples())
    scores = scorer.logits(["how glad", "cross and sad"])
    assert scores.dtype == np.float32
    assert (scores > 0).tolist()[0] == [True, False, False]
    assert scores[1].argmin() == 0


@pytest.mark.parametrize("classifier", ["logistic_regression", "linear_svm"])
def test_single_label_scores_every_label(classifier: str) -> None:
    scorer = fit_linear(
        settings(classifier=classifier), examples(TEXTS[:6], LABELS[:6], task="single_label")
    )
    assert scorer.logits(["glad", "cross", "sad"]).argmax(axis=1).tolist() == [0, 1, 2]


def test_two_labels_have_two_scores() -> None:
    scorer = fit_linear(settings(), examples(TEXTS[:4], LABELS[:4, :2], NAMES[:2], "single_label"))
    assert scorer.logits(["glad", "cross"]).argmax(axis=1).tolist() == [0, 1]


@pytest.mark.parametrize("task", ["multi_label", "single_label"])
def test_a_label_without_train_text_is_never_chosen(tmp_path: Path, task: Task) -> None:
    four = np.hstack([LABELS[:6, :1], np.zeros((6, 1), dtype=bool), LABELS[:6, 1:]])
    names = ("glad", "unseen", "cross", "sad")
    scorer = fit_linear(settings(), examples(TEXTS[:6], four, names, task))
    scores = scorer.logits(["glad", "sad", "nothing of this"])
    assert (scores[:, 1] == -20.0).all()
    scorer.save(tmp_path)
    again = LinearScorer.load(tmp_path, names, task)
    np.testing.assert_array_equal(again.logits(["glad", "sad", "nothing of this"]), scores)


def test_stacked_scores_equal_those_of_scikit_learn() -> None:
    scorer = fit_linear(settings(characters=SMALL), examples())
    theirs = scorer.pipeline.decision_function(["so sad", "glad and cross"])
    np.testing.assert_allclose(scorer.logits(["so sad", "glad and cross"]), theirs, atol=1e-5)


@pytest.mark.slow
def test_same_seed_same_scores_whatever_the_number_of_jobs() -> None:
    one = fit_linear(settings(), examples(), seed=1)
    two = fit_linear(settings(), examples(), seed=1, jobs=2)
    np.testing.assert_array_equal(one.logits(TEXTS), two.logits(TEXTS))


def test_texts_without_any_feature() -> None:
    with pytest.raises(NoExamples, match="min_texts"):
        fit_linear(settings(), examples(["", " "], LABELS[:2]))


def test_a_solver_that_stops_early_says_so() -> None:
    with pytest.warns(EmoscopeWarning, match="max_iterations = 1"):
        fit_linear(settings(max_iterations=1), examples())


def test_punctuation_marks_are_words_unless_switched_off() -> None:
    labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool)
    texts = ["ok ?", "ok ?", "ok !", "ok !"]
    scorer = fit_linear(settings(), examples(texts, labels, ("a", "b"), "single_label"))
    assert scorer.logits(["?", "!"]).argmax(axis=1).tolist() == [0, 1]
    bare = settings(words={**SMALL, "punctuation": False})
    plain = fit_linear(bare, examples(texts, labels, ("a", "b"), "single_label"))
    np.testing.assert_array_equal(plain.logits(["?"]), plain.logits(["!"]))


def test_emoji_are_the_words_of_their_names() -> None:
    labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool)
    texts = ["ok 😀", "ok 😀", "ok 😢", "ok 😢"]
    bare = settings(words={**SMALL, "punctuation": False})
    scorer = fit_linear(bare, examples(texts, labels, ("a", "b"), "single_label"))
    assert scorer.logits(["grinning face", "crying face"]).argmax(axis=1).tolist() == [0, 1]

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from emoscope.data.examples import Examples
from emoscope.errors import DataError, NoExamples
from emoscope.evaluation.judge import fingerprint, judge
from emoscope.inference.classifier import EmotionClassifier
from emoscope.taxonomy import GOEMOTIONS, Taxonomy

ROWS = [
    ("train", "joy all day", ["joy"]),
    ("train", "such fear", ["fear"]),
    ("validation", "love", ["love"]),
    ("test", "joy and love", ["joy", "love"]),
    ("test", "SUCH  fear", ["fear", "nervousness"]),
    ("test", "nothing", ["grief"]),
]


def examples(taxonomy: Taxonomy = GOEMOTIONS) -> Examples:
    labels = np.zeros((len(ROWS), len(taxonomy)), dtype=np.bool_)
    for row, (_, _, names) in enumerate(ROWS):
        for name in names:
            labels[row, taxonomy.index(name)] = True
    return Examples(
        texts=tuple(text for _, text, _ in ROWS),
        labels=labels,
        taxonomy=taxonomy,
        task="multi_label",
        ids=tuple(str(i) for i in range(len(ROWS))),
        splits=np.array([split for split, _, _ in ROWS]),
        name="made up",
    )


def test_judges_the_split_that_was_asked_for(goemotions_classifier: EmotionClassifier) -> None:
    found = judge(goemotions_classifier, examples(), "test", bootstrap=0)
    assert found.fine.n_texts == 3
    # joy, love and fear are right; nervousness and grief are missed; nothing is wrongly found
    assert found.fine.headline["micro_precision"] == 1.0
    assert found.fine.headline["micro_recall"] == pytest.approx(3 / 5)
    assert found.fine.headline["subset_accuracy"] == pytest.approx(1 / 3)
    assert judge(goemotions_classifier, examples(), "dev", bootstrap=0).split == "validation"


def test_rollups_are_judged_in_coarse_labels(goemotions_classifier: EmotionClassifier) -> None:
    ekman = judge(goemotions_classifier, examples(), "test", bootstrap=0).rollups["ekman"]
    # joy and love are one joy, fear and nervousness one fear; grief is a sadness that is missed
    assert ekman.headline["micro_recall"] == pytest.approx(2 / 3)
    assert ekman.labels == GOEMOTIONS.rollup("ekman").labels


def test_texts_shared_with_train_are_counted_whatever_their_case(
    goemotions_classifier: EmotionClassifier,
) -> None:
    assert judge(goemotions_classifier, examples(), "test", bootstrap=0).shared_with_train == 1
    only_test = examples().split("test")
    assert judge(goemotions_classifier, only_test, "test", bootstrap=0).shared_with_train is None


def test_texts_are_scored_once_for_fine_labels_and_every_rollup(
    goemotions_classifier: EmotionClassifier,
) -> None:
    found = judge(goemotions_classifier, examples(), "test", bootstrap=0)
    assert set(found.rollups) == {"ekman", "sentiment"}
    assert goemotions_classifier.scorer.calls == 1  # type: ignore[attr-defined]


def test_given_scores_are_not_computed_again(goemotions_classifier: EmotionClassifier) -> None:
    scores = np.full((3, 28), -5.0, dtype=np.float32)
    found = judge(goemotions_classifier, examples(), "test", scores=scores, bootstrap=0)
    assert found.fine.headline["micro_f1"] == 0.0
    assert goemotions_classifier.scorer.calls == 0  # type: ignore[attr-defined]


def test_saved_scores_hold_no_text(
    goemotions_classifier: EmotionClassifier, tmp_path: Path
) -> None:
    found = judge(goemotions_classifier, examples(), "test", bootstrap=50)
    found.save(tmp_path / "judged")
    with np.load(tmp_path / "judged" / "scores" / "test.npz", allow_pickle=False) as saved:
        assert set(saved.files) == {"scores", "truth", "texts_sha256"}
        np.testing.assert_array_equal(saved["scores"], found.scores)
    metrics = json.loads((tmp_path / "judged" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["splits"]["test"]["fine"]["headline"] == dict(found.fine.headline)
    assert "joy and love" not in (tmp_path / "judged" / "metrics.json").read_text("utf-8")


def test_fingerprint_depends_on_texts_and_their_order() -> None:
    assert fingerprint(("a", "b")) != fingerprint(("b", "a"))
    assert fingerprint(("ab", "c")) != fingerprint(("a", "bc"))
    assert fingerprint(("a",)) == fingerprint(("a",))


def test_other_labels_are_refused_by_name(goemotions_classifier: EmotionClassifier) -> None:
    other = Taxonomy("other", (*GOEMOTIONS.labels[:-1], "boredom"))
    with pytest.raises(DataError, match="boredom"):
        judge(goemotions_classifier, examples(other), "test")


def test_another_task_is_refused(emotion_classifier: EmotionClassifier) -> None:
    six = Taxonomy("emotion", emotion_classifier.taxonomy.labels)
    labels = np.eye(6, dtype=np.bool_)[[0, 1]]
    multi = Examples(
        texts=("a", "b"), labels=labels, taxonomy=six, task="multi_label", ids=("1", "2"),
        splits=np.array(["test", "test"]),
    )  # fmt: skip
    with pytest.raises(DataError, match="multi_label"):
        judge(emotion_classifier, multi, "test")


def test_a_missing_split(goemotions_classifier: EmotionClassifier) -> None:
    with pytest.raises(NoExamples, match="no validation rows"):
        judge(goemotions_classifier, examples().split("test"), "validation")

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from emoscope.decisions import plain_policy
from emoscope.errors import DecisionError, TaxonomyError
from emoscope.inference.classifier import EmotionClassifier
from emoscope.scorers.scorer import Scored
from emoscope.taxonomy import EMOTION


def test_one_text_gives_one_prediction(goemotions_classifier: EmotionClassifier) -> None:
    found = goemotions_classifier("joy joy and love")
    assert found.labels == ("joy", "love")
    assert found.top_label == "joy"
    assert found.probabilities["joy"] == pytest.approx(1 / (1 + np.exp(-6.0)), abs=1e-6)
    assert list(found.probabilities) == list(goemotions_classifier.labels)


def test_many_texts_give_a_list_in_order(goemotions_classifier: EmotionClassifier) -> None:
    found = goemotions_classifier.predict(["fear", "grief", "fear"])
    assert [p.labels for p in found] == [("fear",), ("grief",), ("fear",)]
    assert [p.text for p in found] == ["fear", "grief", "fear"]
    assert goemotions_classifier.predict([]) == []


def test_predict_proba_shapes(goemotions_classifier: EmotionClassifier) -> None:
    assert goemotions_classifier.predict_proba("joy").shape == (28,)
    assert goemotions_classifier.predict_proba(["joy", "fear"]).shape == (2, 28)
    assert goemotions_classifier.predict_proba([]).shape == (0, 28)


def test_threshold_and_top_k_replace_the_policy(goemotions_classifier: EmotionClassifier) -> None:
    assert goemotions_classifier.predict("joy", threshold=0.99).labels == ()
    assert len(goemotions_classifier.predict("joy", threshold=0.05).labels) == 28
    top = goemotions_classifier.predict("joy love joy", top_k=2)
    assert top.labels == ("joy", "love")
    assert goemotions_classifier("joy").labels == ("joy",)  # unchanged itself


@pytest.mark.parametrize("wrong", [{"threshold": 1.5}, {"threshold": -0.1}, {"top_k": 0}])
def test_impossible_decisions(
    goemotions_classifier: EmotionClassifier, wrong: dict[str, float]
) -> None:
    with pytest.raises(DecisionError):
        goemotions_classifier.predict("joy", **wrong)  # type: ignore[call-overload]


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\n"])
def test_an_empty_text_is_neutral_with_a_note(
    goemotions_classifier: EmotionClassifier, text: str
) -> None:
    found = goemotions_classifier(text)
    assert found.labels == ("neutral",)
    assert found.notes == ("empty_text",)
    assert found.probabilities["neutral"] == 1.0


def test_an_empty_text_without_a_neutral_label(emotion_classifier: EmotionClassifier) -> None:
    found = emotion_classifier("")
    assert found.labels == ()
    assert sum(found.probabilities.values()) == pytest.approx(1.0, abs=1e-6)


def test_rollup_answers_in_coarse_labels(goemotions_classifier: EmotionClassifier) -> None:
    ekman = goemotions_classifier.rollup("ekman")
    assert ekman.labels == ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
    assert ekman.is_rolled_up
    assert not goemotions_classifier.is_rolled_up
    found = ekman("grief and nervousness")
    assert set(found.labels) == {"sadness", "fear"}
    assert ekman("").labels == ("neutral",)


def test_rollup_of_a_single_label_task_sums(emotion_classifier: EmotionClassifier) -> None:
    fine = emotion_classifier.predict_proba("love")
    coarse = emotion_classifier.rollup("ekman").predict_proba("love")
    joy = fine[EMOTION.index("joy")] + fine[EMOTION.index("love")]
    names = emotion_classifier.rollup("ekman").labels
    assert coarse[names.index("joy")] == pytest.approx(joy, abs=1e-6)
    assert coarse.sum() == pytest.approx(1.0, abs=1e-5)


def test_unknown_rollup(goemotions_classifier: EmotionClassifier) -> None:
    with pytest.raises(TaxonomyError, match="no roll-up 'ekmann'"):
        goemotions_classifier.rollup("ekmann")


def test_a_stream_is_endless_and_lazy(goemotions_classifier: EmotionClassifier) -> None:
    endless = (f"joy {i}" for i in itertools.count())
    first = list(itertools.islice(goemotions_classifier.stream(endless, chunk=4), 10))
    assert [p.text for p in first] == [f"joy {i}" for i in range(10)]
    assert goemotions_classifier.scorer.calls == 3  # type: ignore[attr-defined]


def test_threads_may_share_it(goemotions_classifier: EmotionClassifier) -> None:
    texts = [label for label in goemotions_classifier.labels for _ in range(5)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(goemotions_classifier, texts))
    assert [p.labels for p in found] == [(text,) for text in texts]


def test_parts_of_different_models_do_not_mix(goemotions_classifier: EmotionClassifier) -> None:
    with pytest.raises(DecisionError, match="different labels"):
        EmotionClassifier(
            goemotions_classifier.scorer, plain_policy(EMOTION.labels, "multi_label"), EMOTION
        )


def test_prediction_json_has_stable_keys(goemotions_classifier: EmotionClassifier) -> None:
    found = goemotions_classifier("joy")
    assert list(found.to_json()) == ["text", "labels", "top_label", "probabilities", "notes"]
    assert found.ranked()[0][0] == "joy"
    assert replace(found, notes=("x",)).to_json()["notes"] == ["x"]


def test_parts_of_a_scorer_are_put_together_in_order(
    goemotions_classifier: EmotionClassifier,
) -> None:
    plain = goemotions_classifier

    class InParts:
        labels, task, logits = plain.scorer.labels, plain.scorer.task, plain.scorer.logits

        def score_parts(self, texts: Sequence[str]) -> Iterator[Scored]:
            for start in range(0, len(texts), 2):
                part = texts[start : start + 2]
                notes = tuple(("long_text",) if text == "fear" else () for text in part)
                yield Scored(plain.scorer.logits(part), notes)

    found = EmotionClassifier(InParts(), plain.policy, plain.taxonomy)(
        ["joy", "grief", "fear", "love", ""]
    )
    assert [p.text for p in found] == ["joy", "grief", "fear", "love", ""]
    assert [p.labels for p in found] == [("joy",), ("grief",), ("fear",), ("love",), ("neutral",)]
    assert [p.notes for p in found] == [(), (), ("long_text",), (), ("empty_text",)]

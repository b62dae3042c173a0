from __future__ import annotations

import numpy as np
import pytest

from emoscope.errors import TaxonomyError
from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.explain import explain, plan_occlusion


def sigmoid(score: float) -> float:
    return float(1 / (1 + np.exp(-score)))


def test_contributions_are_the_drops_in_probability(
    goemotions_classifier: EmotionClassifier,
) -> None:
    # the scorer gives a label 4 for each mention, minus 2
    found = explain(goemotions_classifier, "pure joy and love")
    assert found.label == "joy"  # the first of two equals
    assert found.probability == pytest.approx(sigmoid(2.0), abs=1e-6)
    assert [word.text for word in found.words] == ["pure", "joy", "and", "love"]
    expected = [0.0, sigmoid(2.0) - sigmoid(-2.0), 0.0, 0.0]
    np.testing.assert_allclose([w.contribution for w in found.words], expected, atol=1e-6)
    assert [found.text[w.start : w.end] for w in found.words] == [w.text for w in found.words]
    assert found.ranked()[0].text == "joy"


def test_words_that_each_suffice_share_little(goemotions_classifier: EmotionClassifier) -> None:
    found = explain(goemotions_classifier, "joy joy", "joy")
    expected = sigmoid(6.0) - sigmoid(2.0)
    np.testing.assert_allclose([w.contribution for w in found.words], [expected] * 2, atol=1e-6)


def test_a_word_can_speak_against_a_label(emotion_classifier: EmotionClassifier) -> None:
    # single-label: probabilities share one, so a word for fear is a word against joy
    found = explain(emotion_classifier, "joy fear", "joy")
    for_it, against = found.words
    assert for_it.contribution > 0 > against.contribution
    with_both = np.exp(2.0) / (2 * np.exp(2.0) + 4 * np.exp(-2.0))
    joy_only = np.exp(2.0) / (np.exp(2.0) + 5 * np.exp(-2.0))
    assert against.contribution == pytest.approx(with_both - joy_only, abs=1e-6)


def test_leaving_out_the_only_word_compares_with_an_empty_text(
    goemotions_classifier: EmotionClassifier,
) -> None:
    found = explain(goemotions_classifier, "joy")
    # an empty text is neutral for certain, so joy is at zero there
    assert found.words[0].contribution == pytest.approx(sigmoid(2.0), abs=1e-6)


def test_an_empty_text_has_no_words(goemotions_classifier: EmotionClassifier) -> None:
    found = explain(goemotions_classifier, " ")
    assert found.words == ()
    assert (found.label, found.probability) == ("neutral", 1.0)


def test_all_variants_are_scored_in_one_call(goemotions_classifier: EmotionClassifier) -> None:
    explain(goemotions_classifier, "one two three joy", "joy")
    assert goemotions_classifier.scorer.calls == 1  # type: ignore[attr-defined]


def test_coarse_labels_are_explained_too(goemotions_classifier: EmotionClassifier) -> None:
    found = explain(goemotions_classifier.rollup("ekman"), "annoyance here", "anger")
    alone = 1 - (1 - sigmoid(-2.0)) ** 3  # anger, annoyance, disapproval, none of them named
    named = 1 - (1 - sigmoid(-2.0)) ** 2 * (1 - sigmoid(2.0))
    assert found.words[0].contribution == pytest.approx(named - alone, abs=1e-6)


def test_unknown_label_names_the_nearest(goemotions_classifier: EmotionClassifier) -> None:
    with pytest.raises(TaxonomyError, match="Did you mean 'gratitude'"):
        explain(goemotions_classifier, "x", "gratitud")
    assert goemotions_classifier.scorer.calls == 0  # type: ignore[attr-defined]


def test_long_texts_leave_out_several_words_at_once() -> None:
    occlusion = plan_occlusion(" ".join(["word"] * 300), most_pieces=128)
    assert occlusion.words_each == 3
    assert len(occlusion.pieces) == 100
    assert len(occlusion.texts) == 101
    assert occlusion.texts[1].split() == ["word"] * 297


def test_very_long_texts_stay_within_the_character_budget() -> None:
    text = " ".join(["word"] * 4000)  # 19,999 characters
    occlusion = plan_occlusion(text, most_characters=200_000)
    assert len(occlusion.pieces) == 10
    assert sum(map(len, occlusion.texts[1:])) <= 200_000
    assert len(plan_occlusion("x y " * 1000, most_characters=10).pieces) == 1


def test_json_has_six_digits_and_places(goemotions_classifier: EmotionClassifier) -> None:
    plain = explain(goemotions_classifier, "so joy").to_json()
    assert plain["method"] == "leave-one-out"
    assert plain["words"][1] == {
        "text": "joy",
        "start": 3,
        "end": 6,
        "contribution": round(sigmoid(2.0) - sigmoid(-2.0), 6),
    }


def test_the_classifier_has_it_as_a_method(goemotions_classifier: EmotionClassifier) -> None:
    assert goemotions_classifier.explain("so joy") == explain(goemotions_classifier, "so joy")
    assert goemotions_classifier.explain("so joy", "fear").label == "fear"

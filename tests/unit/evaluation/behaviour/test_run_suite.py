from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from emoscope.decisions import plain_policy
from emoscope.errors import NoExamples
from emoscope.evaluation.behaviour.cases import (
    Case,
    DirectionCase,
    InvarianceCase,
    MinimumFunctionalityCase,
)
from emoscope.evaluation.behaviour.result import PassRate
from emoscope.evaluation.behaviour.run_suite import run_suite
from emoscope.inference.classifier import EmotionClassifier
from emoscope.taxonomy import GOEMOTIONS, Taxonomy, make_taxonomy


class KnownAnswers:
    """Text -> label -> probability; 0.01 for a label that is not named."""

    task = "multi_label"

    def __init__(self, answers: Mapping[str, Mapping[str, float]], taxonomy: Taxonomy) -> None:
        self.labels = taxonomy.labels
        self.answers = answers
        self.asked: list[str] = []

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.asked += texts
        p = np.array([[self.answers[t].get(x, 0.01) for x in self.labels] for t in texts])
        return np.log(p / (1 - p)).astype(np.float32).reshape(len(texts), len(self.labels))


def classifier(
    answers: Mapping[str, Mapping[str, float]], taxonomy: Taxonomy = GOEMOTIONS
) -> EmotionClassifier:
    policy = plain_policy(taxonomy.labels, "multi_label")
    return EmotionClassifier(KnownAnswers(answers, taxonomy), policy, taxonomy)  # type: ignore[arg-type]


def passes(case: Case, *answers: Mapping[str, float], taxonomy: Taxonomy = GOEMOTIONS) -> bool:
    given = dict(zip(case.texts, answers, strict=True))
    return not run_suite(classifier(given, taxonomy), [case]).failures


def minimum(any_of: tuple[str, ...], none_of: tuple[str, ...] = ()) -> Case:
    return MinimumFunctionalityCase("here:1", "emoji", "a text", any_of, none_of)


SAME = InvarianceCase("here:2", "greeting", ("a", "b"))


@pytest.mark.parametrize(
    ("case", "answer", "passed"),
    [
        (minimum(("joy",)), {"joy": 0.9}, True),
        (minimum(("joy", "love")), {"love": 0.6, "anger": 0.9}, True),  # held, not the top
        (minimum(("joy",)), {"joy": 0.4, "anger": 0.3}, True),  # the top, not held
        (minimum(("joy",)), {"joy": 0.4, "anger": 0.45}, False),
        (minimum(("joy",), ("anger",)), {"joy": 0.9, "anger": 0.6}, False),
        (minimum(("joy",), ("anger",)), {"joy": 0.9, "anger": 0.4}, True),
        (minimum((), ("anger",)), {"anger": 0.4}, True),
        (minimum((), ("anger",)), {"anger": 0.6}, False),
    ],
)
def test_minimum_functionality(case: Case, answer: Mapping[str, float], passed: bool) -> None:
    assert passes(case, answer) is passed


@pytest.mark.parametrize(
    ("first", "second", "passed"),
    [
        ({"joy": 0.9}, {"joy": 0.6}, True),
        ({"joy": 0.9}, {"love": 0.9}, False),
        ({"joy": 0.9}, {"joy": 0.9, "love": 0.8}, True),  # more of the same sentiment
        ({"joy": 0.9}, {"joy": 0.9, "anger": 0.8}, False),
        ({"anger": 0.9}, {"anger": 0.9, "joy": 0.8}, False),
        ({"joy": 0.9, "anger": 0.8}, {"joy": 0.9, "fear": 0.8}, True),
        ({"joy": 0.9, "anger": 0.8}, {"joy": 0.9}, True),
        ({"neutral": 0.9}, {"neutral": 0.9, "anger": 0.8}, False),
        ({"neutral": 0.9}, {"neutral": 0.9, "surprise": 0.8}, True),  # ambiguous
        ({"joy": 0.9, "anger": 0.8}, {"joy": 0.8, "anger": 0.9}, True),  # the same in another order
        ({"joy": 0.9, "anger": 0.8}, {"joy": 0.4, "anger": 0.9}, False),
        ({"joy": 0.4}, {"love": 0.3}, True),  # no label in both
        ({"joy": 0.4}, {"love": 0.6}, False),
    ],
)
def test_invariance(first: Mapping[str, float], second: Mapping[str, float], passed: bool) -> None:
    assert passes(SAME, first, second) is passed


def test_one_variant_of_three_fails_the_case() -> None:
    case = InvarianceCase("here:2", "name", ("a", "b", "c"))
    assert not passes(case, {"joy": 0.9}, {"joy": 0.9}, {"fear": 0.9})


def test_invariance_without_sentiments_compares_the_top_label() -> None:
    own = make_taxonomy("own", ("joy", "anger"))
    assert passes(SAME, {"joy": 0.9}, {"joy": 0.9, "anger": 0.8}, taxonomy=own)
    assert not passes(SAME, {"joy": 0.9}, {"anger": 0.9}, taxonomy=own)


@pytest.mark.parametrize(
    ("change", "before", "after", "passed"),
    [
        ("fall", 0.8, 0.3, True),
        ("fall", 0.8, 0.795, False),  # less than a point
        ("fall", 0.3, 0.8, False),
        ("fall", 0.02, 0.02, False),  # never seen, so nothing was understood
        ("rise", 0.3, 0.8, True),
        ("rise", 0.3, 0.305, False),
        ("rise", 0.8, 0.3, False),
        ("rise", 0.97, 0.97, True),  # cannot rise much further
        ("rise", 0.97, 0.94, False),
    ],
)
def test_direction(change: str, before: float, after: float, passed: bool) -> None:
    case = DirectionCase("here:3", "negation", "a", "b", "fear", change)  # type: ignore[arg-type]
    assert passes(case, {"fear": before}, {"fear": after}) is passed


def test_rates_are_by_kind_and_capability() -> None:
    cases: list[Case] = [
        DirectionCase("f:1", "emoji", "x", "y", "joy", "rise"),
        MinimumFunctionalityCase("f:2", "emoji", "x", ("joy",)),
        MinimumFunctionalityCase("f:3", "review", "y", ("joy",)),
        MinimumFunctionalityCase("f:4", "emoji", "z", ("joy",)),
    ]
    model = classifier({"x": {"joy": 0.9}, "y": {"joy": 0.8}, "z": {"fear": 0.7}})
    result = run_suite(model, cases)
    assert result.rates == (
        PassRate("minimum_functionality", None, 3, 2),
        PassRate("minimum_functionality", "emoji", 2, 1),
        PassRate("minimum_functionality", "review", 1, 1),
        PassRate("direction", None, 1, 0),
        PassRate("direction", "emoji", 1, 0),
    )
    assert [each.where for each in result.failures] == ["f:1", "f:4"]
    before, after = result.failures[0].answers
    assert (before.text, before.labels, before.label) == ("x", ("joy",), "joy")
    assert after.probability == pytest.approx(0.8, abs=1e-5)
    assert result.failures[1].answers[0].label == "fear"


def test_each_text_is_scored_once() -> None:
    cases = [minimum(("joy",)), minimum(("love",)), SAME]
    model = classifier({"a text": {}, "a": {}, "b": {}})
    run_suite(model, cases)
    assert model.scorer.asked == ["a text", "a", "b"]  # type: ignore[attr-defined]


def test_cases_with_labels_that_the_model_lacks_are_skipped() -> None:
    own = make_taxonomy("own", ("joy", "anger"))
    cases = [
        minimum(("joy", "pride")),
        minimum(("joy",), ("remorse",)),  # what the model cannot give, it does not give wrongly
        DirectionCase("f:3", "emoji", "a", "b", "grief", "fall"),
        SAME,
    ]
    result = run_suite(classifier({"a text": {"joy": 0.9}, "a": {}, "b": {}}, own), cases)
    assert result.skipped == 2
    assert result.missing_labels == ("grief", "pride")
    assert sum(rate.cases for rate in result.rates if rate.capability is None) == 2
    with pytest.raises(NoExamples, match=r"1 of 1 need labels .*\(pride\)"):
        run_suite(classifier({}, own), [minimum(("pride",))])


def test_a_rolled_up_classifier_is_tested_in_its_own_labels() -> None:
    model = classifier({"a text": {"joy": 0.9}}).rollup("sentiment")
    assert run_suite(model, [minimum(("positive",))]).failures == ()

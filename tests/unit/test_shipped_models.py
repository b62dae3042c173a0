"""The models inside the package: small, good, documented, and at ease with odd texts."""

from __future__ import annotations

from pathlib import Path

import pytest

import emoscope
from emoscope.inference.classifier import EmotionClassifier
from emoscope.loading.catalogue import CATALOGUE, ShippedModel
from emoscope.model_folder.manifest import read_manifest
from emoscope.taxonomy import GOEMOTIONS

MOST_BYTES = {"default": 24_000_000, "fast": 10_000_000}
"""What a model folder may hold."""
LEAST = {"default": (0.53, 0.60), "fast": (0.52, 0.59)}
"""Macro-F1 and micro-F1 on GoEmotions' test split below which something is broken."""


@pytest.fixture(scope="module", params=CATALOGUE)
def model(request: pytest.FixtureRequest) -> ShippedModel:
    return CATALOGUE[request.param]


@pytest.fixture(scope="module")
def classifier(model: ShippedModel) -> EmotionClassifier:
    return emoscope.load(model.name)


def test_it_is_small_and_whole(model: ShippedModel) -> None:
    size = sum(path.stat().st_size for path in model.folder.rglob("*") if path.is_file())
    assert size <= MOST_BYTES[model.name]
    manifest = read_manifest(model.folder)  # checks every file
    assert set(manifest.files) == {
        "README.md", "config.json", "onnx/model_quantized.onnx", "tokenizer.json",
        "tokenizer_config.json",
    }  # fmt: skip


def test_it_says_where_it_comes_from(model: ShippedModel) -> None:
    manifest = read_manifest(model.folder)
    assert manifest.labels == GOEMOTIONS.labels
    assert manifest.provenance["recipe"]["name"]
    assert {f["name"] for f in manifest.provenance["data"]["files"]} >= {"train.tsv", "dev.tsv"}
    assert manifest.provenance["export"]["attempts"][-1]["accepted"]
    assert manifest.policy["fitted_on"]["split"] == "validation"
    assert manifest.metrics["split"] == "test"
    card = (model.folder / "README.md").read_text(encoding="utf-8")
    assert "Demszky" in card
    assert "from transformers" not in card, "there are no weights for transformers here"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I can't believe you did that for me, thank you!", "gratitude"),
        ("this is the most disgusting thing i have ever eaten", "disgust"),
        ("HOW DARE YOU TALK TO MY SISTER LIKE THAT", "anger"),
        ("lmaooo i can't stop laughing at this", "amusement"),
        ("my cat died last night and i can't stop crying", "sadness"),
        ("i am terrified of flying", "fear"),
        ("i love you so much", "love"),
        ("why did you paint the door green?", "curiosity"),
    ],
)
def test_plain_feelings_are_found(classifier: EmotionClassifier, text: str, label: str) -> None:
    assert label in classifier(text).labels


def test_capitals_change_nothing(classifier: EmotionClassifier) -> None:
    small, large = classifier.predict_proba(["thank you so much", "THANK YOU SO MUCH"])
    assert abs(small - large).max() < 1e-6


@pytest.mark.parametrize("text", ["", "   ", "\u200b\n"])
def test_an_empty_text_is_neutral_and_said_to_be_empty(
    classifier: EmotionClassifier, text: str
) -> None:
    found = classifier(text)
    assert found.labels == ("neutral",)
    assert found.notes == ("empty_text",)


@pytest.mark.parametrize(
    "text",
    [
        "Я очень рад тебя видеть, спасибо",
        "今天我非常高兴，谢谢你",
        "とても嬉しいです、ありがとうございます",
        "Das ist wirklich sehr schade, ich hätte mich so gefreut.",
        "Estoy muy triste porque mi perro se ha ido",
    ],
)
def test_other_languages_are_flagged(classifier: EmotionClassifier, text: str) -> None:
    assert "low_coverage" in classifier(text).notes


def test_english_is_not_flagged(classifier: EmotionClassifier) -> None:
    texts = [
        "ugh, not again",
        "omg yesss that's hilarious",
        "I was genuinely moved by her speech 😂",
    ]
    assert [found.notes for found in classifier(texts)] == [(), (), ()]


def test_a_very_long_text_is_read_to_its_end(classifier: EmotionClassifier) -> None:
    dull = "The committee met on Tuesday and read the minutes of its last meeting. " * 60
    found = classifier(dull + "Thank you so much for everything you did for me!")
    alone = classifier(dull)
    assert found.probabilities["gratitude"] > 1.5 * alone.probabilities["gratitude"]
    assert found.notes == ("long_text",)


def test_the_same_text_scores_the_same_whatever_its_company(classifier: EmotionClassifier) -> None:
    texts = ["thank you", "a much longer text about nothing in particular, on and on it goes", "no"]
    together = classifier.predict_proba(texts)
    for i, text in enumerate(texts):
        assert abs(classifier.predict_proba(text) - together[i]).max() < 1e-3


@pytest.mark.real_data
def test_it_is_as_good_as_its_card_says(
    model: ShippedModel, classifier: EmotionClassifier, real_data: Path
) -> None:
    """The official test split, through the public interface, as shipped."""
    from emoscope.evaluation.judge import examples_for, judge

    found = judge(classifier, examples_for(classifier, data=real_data)).fine.headline
    macro_f1, micro_f1 = LEAST[model.name]
    assert found["macro_f1"] >= macro_f1
    assert found["micro_f1"] >= micro_f1
    shipped = read_manifest(model.folder).metrics["headline"]
    assert found["macro_f1"] == pytest.approx(shipped["macro_f1"], abs=0.005)

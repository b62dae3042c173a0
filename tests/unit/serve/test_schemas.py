from __future__ import annotations

from typing import Any

import pytest

from emoscope.errors import RequestRefused
from emoscope.serve.request_texts import Texts
from emoscope.serve.schemas import (
    EmotionsRequest,
    ExplainRequest,
    PredictRequest,
    check,
    request_schema,
)
from emoscope.serve.settings import ServeSettings
from emoscope.taxonomy import GOEMOTIONS


@pytest.mark.parametrize(
    ("inputs", "texts", "many"),
    [
        ("a", ("a",), False),
        ("", ("",), False),
        (["a"], ("a",), False),  # a list of one or two texts is one input in that protocol
        (["a", "b"], ("a b",), False),
        ([["a"]], ("a",), True),
        ([["a"], ["b", "c"], ["d"]], ("a", "b c", "d"), True),
    ],
)
def test_inputs_of_text_embeddings_inference(
    inputs: Any, texts: tuple[str, ...], many: bool
) -> None:
    assert check(PredictRequest, {"inputs": inputs}).inputs == Texts(texts, many)


@pytest.mark.parametrize(
    "inputs",
    [None, 3, True, {}, [], [[]], ["a", "b", "c"], [["a", "b", "c"]], ["a", ["b"]], [1], [["a", 1]],
     [[["a"]]]],
)  # fmt: skip
def test_other_inputs_are_refused_with_the_forms_there_are(inputs: Any) -> None:
    with pytest.raises(RequestRefused, match="'inputs': must be a text") as refusal:
        check(PredictRequest, {"inputs": inputs})
    assert refusal.value.status == 422


def test_keys_that_predict_does_not_know_are_ignored_as_there() -> None:
    found = check(PredictRequest, {"inputs": "a", "parameters": {"top_k": 3}, "truncate": None})
    assert found.inputs.texts == ("a",)


@pytest.mark.parametrize("model", [PredictRequest, EmotionsRequest])
@pytest.mark.parametrize(
    ("text", "message"),
    [("a\0b", "null character at character 1"), ("ab\ud800", "surrogate pair at character 2")],
)
def test_characters_that_are_none(model: Any, text: str, message: str) -> None:
    key = "inputs" if model is PredictRequest else "texts"
    with pytest.raises(RequestRefused, match=message):
        check(model, {key: text})
    with pytest.raises(RequestRefused, match=f"text 1 holds .*{message}"):
        check(model, {key: [["a"], [text]] if key == "inputs" else ["a", text]})


@pytest.mark.parametrize("model", [EmotionsRequest, ExplainRequest])
def test_a_key_that_is_no_text_is_refused(model: Any) -> None:
    body = {"texts": "a", "text": "a", "x\ud800": 1}
    with pytest.raises(RequestRefused, match="key of the body holds half of a surrogate") as found:
        check(model, body)
    assert found.value.status == 422


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"threshold": 1.5}, "'threshold'"),
        ({"threshold": "0.5"}, "'threshold'"),
        ({"threshold": float("inf")}, "'threshold'"),
        ({"threshold": True}, "'threshold'"),
        ({"top_k": 0}, "'top_k'"),
        ({"top_k": 1.5}, "'top_k'"),
        ({"top_k": True}, "'top_k'"),
        ({"rollup": 5}, "'rollup'"),
        ({"treshold": 0.5}, "no key 'treshold'. Did you mean 'threshold'"),
        ({"texts": []}, "at least one text"),
        ({"texts": [1]}, "text 0 must be a text"),
    ],
)
def test_wrong_requests_name_the_key(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestRefused, match=message) as refusal:
        check(EmotionsRequest, {"texts": "a"} | changes)
    assert refusal.value.status == 422


@pytest.mark.parametrize("body", [None, [], "text", 3, [{"texts": "a"}]])
def test_the_body_is_an_object(body: Any) -> None:
    with pytest.raises(RequestRefused, match="JSON object with the key 'texts'"):
        check(EmotionsRequest, body)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(RequestRefused, match="The key 'text' is missing"):
        check(ExplainRequest, {})


def test_limits_of_texts() -> None:
    texts = Texts(("aaa", "b"), many=True)
    assert texts.check(2, 3) is texts
    with pytest.raises(RequestRefused, match="2 texts; 1 may") as refusal:
        texts.check(1, 3)
    assert refusal.value.status == 413
    with pytest.raises(RequestRefused, match="Text 0 has 3 characters; 2") as refusal:
        texts.check(2, 2)
    assert refusal.value.status == 413


def test_long_texts_are_cut_where_asked() -> None:
    texts = Texts(("abcd", "e"), many=True)
    assert texts.check(2, 3, cut="right").texts == ("abc", "e")
    assert texts.check(2, 3, cut="left").texts == ("bcd", "e")


def test_whole_numbers_may_be_written_with_a_point() -> None:
    assert check(EmotionsRequest, {"texts": "a", "top_k": 2.0}).top_k == 2


def test_schemas_carry_limits_and_labels() -> None:
    settings = ServeSettings(max_texts=7, max_characters=99)
    schema = request_schema(EmotionsRequest, settings, GOEMOTIONS)
    one, many = schema["properties"]["texts"]["anyOf"]
    assert one["maxLength"] == many["items"]["maxLength"] == 99
    assert (many["minItems"], many["maxItems"]) == (1, 7)
    assert schema["properties"]["rollup"]["enum"] == ["ekman", "sentiment", None]
    assert schema["properties"]["top_k"]["anyOf"][0]["maximum"] == 28
    assert schema["additionalProperties"] is False
    explain = request_schema(ExplainRequest, settings, GOEMOTIONS)
    assert "gratitude" in explain["properties"]["label"]["enum"]

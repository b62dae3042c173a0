from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoscope.errors import DataError
from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.texts import check_text, check_texts, text_chunks


class Name(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "texts",
    [
        ["a", "b"],
        ("a", "b"),
        {"a": 1, "b": 2}.keys(),
        np.array(["a", "b"]),
        np.array(["a", "b"], dtype=object),
        [np.str_("a"), Name("b")],
        iter(["a", "b"]),
    ],
)
def test_sequences_and_supplies_of_strings(texts: Any) -> None:
    found = check_texts(texts)
    assert found == ["a", "b"]
    assert {type(text) for text in found} == {str}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (None, "texts are None"),
        (3, r"texts are 3 \(int\)"),
        (b"a", "texts are bytes"),
        (bytearray(b"a"), "texts are bytes"),
        ({"text": "a"}, "type dict, which holds more"),
        ({"a"}, "type set, which has no order"),
        (Path("a"), r"not strings.*label_files"),
        (np.array(3), "not strings"),
        (["a", None], r"position 1 .* is None"),
        (["a", float("nan")], r"position 1 .* is nan \(float\)"),
        ([1, "a"], r"position 0 .* is 1 \(int\)"),
        (["a", b"b"], r"position 1 .* of type bytes"),
        ([["a"]], r"position 0 .* of type list"),
        ([{"text": "a"}], r"position 0 .* of type dict"),
        (np.array([["a"], ["b"]]), r"position 0 .* of type list"),
        (np.array([1.5]), r"position 0 .* is 1\.5 \(float\)"),
        (itertools.chain(["a"] * 3000, [0]), r"position 3000 "),
    ],
)
def test_what_is_no_string_is_named_by_position_and_type(texts: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_texts(texts)


def test_chunks_are_taken_as_they_are_asked_for_and_count_on() -> None:
    chunks = text_chunks((str(i) for i in itertools.count()), 3)
    assert next(chunks) == ["0", "1", "2"]
    assert next(chunks) == ["3", "4", "5"]
    broken = text_chunks(["a", "b", "c", "d", 5], 2)
    assert [next(broken), next(broken)] == [["a", "b"], ["c", "d"]]
    with pytest.raises(DataError, match=r"position 4 "):
        next(broken)


def test_one_text() -> None:
    assert check_text(np.str_("a")) == "a"
    with pytest.raises(DataError, match="is None, not a string"):
        check_text(None)


def test_columns_of_other_packages(goemotions_classifier: EmotionClassifier) -> None:
    expected = [("joy",), ("fear",)]

    def labels(texts: Any) -> list[tuple[str, ...]]:
        return [each.labels for each in goemotions_classifier(texts)]

    arrow = pytest.importorskip("pyarrow")
    assert labels(arrow.array(["joy", "fear"])) == expected
    assert labels(arrow.chunked_array([["joy"], ["fear"]])) == expected
    with pytest.raises(DataError, match=r"position 1 .* None"):
        labels(arrow.array(["joy", None]))
    with pytest.raises(DataError, match="holds more than texts"):
        labels(arrow.table({"text": ["joy"]}))
    pandas = pytest.importorskip("pandas")
    assert labels(pandas.Series(["joy", "fear"], index=[5, 3])) == expected
    assert labels(pandas.Series(["joy", "fear"], dtype="category")) == expected
    with pytest.raises(DataError, match=r"position 1 .* NAType"):
        labels(pandas.Series(["joy", None], dtype="string"))
    with pytest.raises(DataError, match="holds more than texts"):
        labels(pandas.DataFrame({"text": ["joy"]}))


def test_every_way_in_checks_its_texts(goemotions_classifier: EmotionClassifier) -> None:
    for ask in (
        goemotions_classifier,
        goemotions_classifier.predict,
        goemotions_classifier.predict_proba,
        goemotions_classifier.answer,
        lambda texts: list(goemotions_classifier.stream(texts)),
    ):
        with pytest.raises(DataError, match=r"position 1 .* None"):
            ask(["joy", None])  # type: ignore[operator]
    for text in (None, b"joy", ["joy"]):
        with pytest.raises(DataError, match="not a string"):
            goemotions_classifier.explain(text)  # type: ignore[arg-type]

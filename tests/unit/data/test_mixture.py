from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoscope.data.mixture import load_mixture
from emoscope.data.settings import data_settings
from emoscope.errors import DataError, DataNotFound, NoExamples

Write = Callable[[str, str], Path]

FIRST = """text,labels,split
so glad,joy,train
such rage,anger,train
i shake,fear,train
glad and shaking,"joy,fear",train
quite glad,joy,validation
some rage,anger,test
"""
SECOND = """text,labels,split
what a delight,happy,train
i am livid,anger,train
Quite  GLAD,happy,train
a happy day,happy,validation
livid again,anger,test
"""


def file(path: Path, **values: Any) -> Any:
    return data_settings({"name": "file", "path": path, "split_column": "split", **values})


@pytest.fixture
def first(write: Write) -> Path:
    return write("first.csv", FIRST)


@pytest.fixture
def second(write: Write) -> Path:
    return write("second.csv", SECOND)


def test_one_data_set_is_left_as_it_is(first: Path) -> None:
    found = load_mixture([file(first)])
    assert (found.sources, found.weights, found.name) == (None, None, "first")


def test_labels_are_mapped_by_name_and_by_label_map(first: Path, second: Path) -> None:
    found = load_mixture([file(first), file(second, label_map={"happy": "joy"})])
    labels = found.taxonomy.labels
    assert set(labels) == {"joy", "anger", "fear"}
    held = {
        text: {labels[i] for i in np.flatnonzero(row)}
        for text, row in zip(found.texts, found.labels, strict=True)
    }
    assert held["what a delight"] == held["a happy day"] == {"joy"}
    assert held["livid again"] == {"anger"}
    assert held["glad and shaking"] == {"joy", "fear"}
    assert found.task == "multi_label"


def test_two_labels_that_mean_one(first: Path, write: Write) -> None:
    other = write("other.csv", 'text,labels,split\nyes,"glad,merry",train\nno,anger,train\n')
    mapped = file(
        other, label_map={"glad": "joy", "merry": "joy"}, validation_share=0, test_share=0
    )
    found = load_mixture([file(first), mapped])
    row = found.labels[found.texts.index("yes")]
    assert row.sum() == 1
    assert row[found.taxonomy.index("joy")]


def test_sources_weights_and_files_are_told_apart(first: Path, second: Path) -> None:
    found = load_mixture(
        [file(first, weight=0.5), file(second, weight=3, label_map={"happy": "joy"})]
    )
    assert found.source_names == ("first", "second")
    assert found.name == "first + second"
    assert found.weights is not None
    weights = dict(zip(found.sources_of_texts.tolist(), found.weights.tolist(), strict=True))
    assert weights == {"first": 0.5, "second": 3.0}
    assert [(each.name, each.data_set) for each in found.files] == [
        ("first.csv", 0),
        ("second.csv", 1),
    ]
    own = found.of_source("second")
    assert (own.name, own.sources, own.weights) == ("second", None, None)
    assert own.texts == ("what a delight", "i am livid", "a happy day", "livid again")


def test_train_texts_that_another_holds_back_are_left_out(first: Path, second: Path) -> None:
    found = load_mixture([file(first), file(second, label_map={"happy": "joy"})])
    assert "Quite  GLAD" not in found.texts  # "quite glad" is in validation of the first
    assert "quite glad" in found.texts
    assert any("left out 1 train texts that another data set has" in n for n in found.notes)
    assert len(found) == 10


def test_what_one_data_set_holds_twice_itself_stays(first: Path, write: Write) -> None:
    text = "text,labels,split\nsame,joy,train\nsame,joy,test\nother,anger,validation\n"
    found = load_mixture([file(first), file(write("own.csv", text))])
    assert found.texts.count("same") == 2


@pytest.mark.parametrize("name", ["same", "same#2"])
def test_files_of_one_name_are_told_apart(write: Write, name: str) -> None:
    places = [write(f"{folder}/{name}.csv", FIRST) for folder in ("a", "b", "c")]
    found = load_mixture([file(place) for place in places])
    assert len(set(found.source_names)) == 3
    assert found.source_names[:2] == (name, f"{name}#2")


def test_an_unknown_label_is_named_with_the_nearest(first: Path, write: Write) -> None:
    other = write("other.csv", "text,labels,split\nx,angr,train\ny,joy,validation\n")
    with pytest.raises(DataError) as raised:
        load_mixture([file(first), file(other)])
    said = str(raised.value)
    for words in ("other has the label 'angr'", "'anger'", "label_map", "first has: "):
        assert words in said
    assert 'label_map = { "angr" = ' in said


@pytest.mark.parametrize(
    ("label_map", "says"),
    [
        ({"hapy": "joy"}, "label_map names 'hapy', which is no label of second.*'happy'"),
        ({"happy": "joi"}, "label_map says that 'happy' of second is 'joi'.*'joy'"),
    ],
)
def test_a_wrong_label_map(first: Path, second: Path, label_map: dict[str, str], says: str) -> None:
    with pytest.raises(DataError, match=says):
        load_mixture([file(first), file(second, label_map=label_map)])


def test_a_single_label_first_keeps_texts_with_one_label_of_others(write: Write) -> None:
    one = write("one.csv", FIRST.replace('"joy,fear"', "joy"))
    many = write("many.csv", FIRST.replace("glad", "merry"))
    found = load_mixture([file(one, task="single_label"), file(many, task="multi_label")])
    assert found.task == "single_label"
    assert (found.labels.sum(axis=1) == 1).all()
    assert "merry and shaking" not in found.texts
    assert "so merry" in found.texts


def test_a_single_label_set_beside_a_multi_label_first(first: Path, second: Path) -> None:
    other = file(second, label_map={"happy": "joy"}, task="single_label")
    assert load_mixture([file(first), other]).task == "multi_label"


def test_votes_of_one_and_labels_of_the_other(first: Path) -> None:
    everyday = data_settings({"name": "everyday"})
    mapped = file(first)
    found = load_mixture([everyday, mapped])
    assert found.soft_labels is not None
    own = found.of_source("first")
    assert own.soft_labels is not None
    np.testing.assert_array_equal(own.soft_labels, own.labels.astype(np.float32))
    theirs = found.of_source("everyday")
    assert theirs.soft_labels is not None
    assert ((theirs.soft_labels > 0) & (theirs.soft_labels < 1)).any()


def test_validation_may_come_from_either(write: Write, first: Path) -> None:
    text = "text,labels,split\nmerry,joy,train\nmad,anger,train\n"
    alone = file(write("alone.csv", text), validation_share=0, test_share=0)
    found = load_mixture([file(first), alone])
    assert found.split("validation").source_names == ("first",)
    assert found.split("train").source_names == ("first", "alone")
    without = write("without.csv", "\n".join(FIRST.splitlines()[:5]) + "\n")
    bare = file(without, validation_share=0, test_share=0)
    assert load_mixture([bare, file(first)]).has_split("validation")


def test_data_is_where_the_first_lies(first: Path, second: Path) -> None:
    by_name = data_settings({"name": "file", "split_column": "split"})
    found = load_mixture([by_name, file(second, label_map={"happy": "joy"})], first)
    assert found.source_names == ("first", "second")


def test_a_missing_file(first: Path, tmp_path: Path) -> None:
    with pytest.raises(DataNotFound, match=r"gone\.csv"):
        load_mixture([file(first), file(tmp_path / "gone.csv")])


def test_nothing_to_train_on_is_said_of_the_whole(write: Write) -> None:
    text = "text,labels,split\nmerry,joy,validation\nmad,anger,validation\n"
    held = [file(write(f"{name}.csv", text)) for name in ("a", "b")]
    with pytest.raises(NoExamples, match="train"):
        load_mixture(held)
    assert len(load_mixture(held, trainable=False)) == 4

from __future__ import annotations

import numpy as np
import pytest

from emoscope.data.examples import Examples, split_name
from emoscope.errors import DataError, NoExamples, UnusableSplit
from emoscope.taxonomy import Taxonomy

ROWS = [
    ("a", "joy", "train"),
    ("b", "joy anger", "train"),
    ("c", "anger", "validation"),
    ("d", "fear", "train"),
    ("e", "", "test"),
]


def test_selection_keeps_everything_together(make_examples):
    examples = make_examples(ROWS)
    for rows in (np.array([False, True, False, True, False]), np.array([1, 3]), [1, 3]):
        chosen = examples.select(rows)
        assert chosen.texts == ("b", "d")
        assert chosen.ids == ("1", "3")
        assert chosen.labels.tolist() == [[True, True, False], [False, False, True]]
        assert chosen.splits.tolist() == ["train", "train"]
    assert examples.select([]).texts == ()


def test_soft_labels_are_selected_too(make_examples):
    examples = make_examples(ROWS)
    soft = np.arange(15, dtype=np.float32).reshape(5, 3)
    softened = Examples(
        examples.texts,
        examples.labels,
        examples.taxonomy,
        examples.task,
        examples.ids,
        examples.splits,
        soft_labels=soft,
    )
    assert softened.select([4, 0]).soft_labels.tolist() == [[12, 13, 14], [0, 1, 2]]


def test_splits_go_by_any_usual_name(make_examples):
    examples = make_examples(ROWS)
    for name in ("validation", "dev", "val", "Valid"):
        assert examples.split(name).texts == ("c",)
    assert [split_name(n) for n in ("train", "TEST", "eval")] == ["train", "test", "validation"]
    with pytest.raises(DataError, match=r"Unknown split 'tset'.*'test'"):
        split_name("tset")


def test_a_split_without_rows_is_an_error(make_examples):
    examples = make_examples(ROWS[:2])
    assert not examples.has_split("test")
    with pytest.raises(NoExamples, match=r"no test rows.*train"):
        examples.split("test")


def test_only_single_label_keeps_the_texts_with_one(make_examples):
    kept = make_examples(ROWS).only_single_label()
    assert kept.texts == ("a", "c", "d")
    assert kept.task == "single_label"
    assert kept.notes == ("kept the 3 of 5 texts that have exactly one label",)
    with pytest.raises(NoExamples, match="exactly one label"):
        make_examples([ROWS[1]]).only_single_label()


def test_training_needs_two_labels(make_examples):
    with pytest.raises(UnusableSplit, match=r"same label \(joy\)"):
        make_examples([("a", "joy", "train"), ("b", "joy", "train")]).check_trainable()


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_label_never_seen_in_train_is_named(make_examples, split):
    rows = [("a", "joy", "train"), ("b", "anger", "train"), ("c", "fear", split)]
    with pytest.raises(UnusableSplit, match=f"{split} has labels that never occur in train: fear"):
        make_examples(rows).check_trainable()
    make_examples([*rows, ("d", "fear", "train")]).check_trainable()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": np.zeros((2, 2), np.bool_)}, "2 texts and 3 labels"),
        ({"labels": np.zeros((2, 3), np.float32)}, "bool matrix"),
        ({"ids": ("1",)}, "1 ids"),
        ({"splits": np.array(["train"])}, "1 splits"),
        ({"splits": np.array(["train", "tests"])}, "unknown split 'tests'.*'test'"),
        ({"soft_labels": np.zeros((2, 2), np.float32)}, "soft labels"),
        ({"task": "single_label"}, "row 2: 2 labels in a single-label task"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change, message):
    parts = {
        "texts": ("a", "b"),
        "labels": np.array([[True, False, False], [True, True, False]]),
        "taxonomy": Taxonomy("own", ("joy", "anger", "fear")),
        "task": "multi_label",
        "ids": ("1", "2"),
        "splits": np.array(["train", "test"]),
    }
    assert len(Examples(**parts)) == 2
    with pytest.raises(DataError, match=message):
        Examples(**{**parts, **change})


def test_train_texts_that_all_have_the_same_labels_cannot_train(make_examples):
    rows = [(f"t{i}", "joy anger", "train") for i in range(3)]
    with pytest.raises(UnusableSplit, match="all 3 train texts have the same 2 labels"):
        make_examples(rows).check_trainable()
    make_examples([*rows, ("t3", "joy", "train")]).check_trainable()

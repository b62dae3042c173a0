from __future__ import annotations

import numpy as np
import pytest

from emoscope.data.audit import audit
from emoscope.data.splits import make_splits, sample
from emoscope.errors import DataError, UnusableSplit

LABELS = ("joy", "anger", "fear")


def rows(n: int, split: str = "train", start: int = 0):
    """Half joy, a third anger, a sixth fear."""
    names = ("joy", "anger", "joy", "fear", "joy", "anger")
    return [(f"text {number}", names[number % 6], split) for number in range(start, start + n)]


def counts(examples) -> dict[str, int]:
    return {s: int((examples.splits == s).sum()) for s in ("train", "validation", "test")}


def test_splits_have_their_shares_of_every_label(make_examples):
    examples = make_splits(make_examples(rows(600), task="single_label"), 0.1, 0.2, seed=0)
    assert counts(examples) == {"train": 420, "validation": 60, "test": 120}
    assert examples.split("validation").labels.sum(axis=0).tolist() == [30, 20, 10]
    assert examples.split("test").labels.sum(axis=0).tolist() == [60, 40, 20]
    assert examples.texts == tuple(text for text, _, _ in rows(600))
    assert examples.notes == (
        "made splits: train 420, validation 60, test 120 (stratified, seed 0; equal texts stay "
        "together)",
    )


def test_only_train_rows_move(make_examples):
    examples = make_examples([*rows(90), *rows(30, "test", start=90)])
    made = make_splits(examples, 0.1, 0.0, seed=0)
    assert counts(made) == {"train": 81, "validation": 9, "test": 30}
    assert (made.splits[90:] == "test").all()


def test_the_seed_decides(make_examples):
    examples = make_examples(rows(120))
    made = [make_splits(examples, 0.1, 0.1, seed).splits.tolist() for seed in (0, 0, 1)]
    assert made[0] == made[1] != made[2]


def test_equal_texts_leak_into_no_other_split(make_examples):
    short = ["Thank you.", "thank  you.", "THANK YOU.", "no", "No", "ｎｏ"]
    repeated = [(short[number % 6], "joy", "train") for number in range(60)]
    examples = make_splits(make_examples([*rows(300), *repeated]), 0.1, 0.1, seed=0)
    assert all(found.texts == 0 for found in audit(examples).folded.across)
    assert min(counts(examples).values()) > 20


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (-0.1, 0.1), (1.0, 0.0)])
def test_shares_that_leave_no_train_are_refused(make_examples, validation, test):
    with pytest.raises(DataError, match="leave no train split"):
        make_splits(make_examples(rows(10)), validation, test, seed=0)


def test_too_few_texts_are_refused(make_examples):
    with pytest.raises(UnusableSplit, match="2 rows with 2 different texts are too few"):
        make_splits(make_examples(rows(2)), 0.1, 0.1, seed=0)
    same = [("ok", "joy", "train")] * 50
    with pytest.raises(UnusableSplit, match="50 rows with 1 different texts"):
        make_splits(make_examples(same), 0.1, 0.1, seed=0)


@pytest.fixture
def whole(make_examples):
    return make_examples(
        [*rows(600), *rows(90, "validation", start=600), *rows(60, "test", start=690)]
    )


def test_a_count_draws_so_many_of_train_and_a_tenth_of_the_others(whole):
    drawn = sample(whole, 300, seed=0)
    assert counts(drawn) == {"train": 300, "validation": 30, "test": 30}
    assert drawn.split("train").labels.sum(axis=0).tolist() == [150, 100, 50]
    assert drawn.split("test").labels.sum(axis=0).tolist() == [15, 10, 5]
    assert drawn.notes == (
        "sampled train 300, validation 30, test 30 of 750 texts (stratified, seed 0)",
    )


def test_a_share_draws_so_much_of_every_split(whole):
    drawn = sample(whole, 0.5, seed=0)
    assert counts(drawn) == {"train": 300, "validation": 45, "test": 30}


@pytest.mark.parametrize("amount", [17, 101, 333, 0.123, 0.37])
def test_sizes_are_exact(whole, amount):
    drawn = counts(sample(whole, amount, seed=0))
    if isinstance(amount, int):
        assert drawn == {
            "train": amount,
            "validation": round(amount / 10),
            "test": round(amount / 10),
        }
    else:
        assert drawn == {
            "train": round(600 * amount),
            "validation": round(90 * amount),
            "test": round(60 * amount),
        }


def test_order_stays_and_the_seed_decides(whole):
    drawn = [sample(whole, 100, seed) for seed in (0, 0, 1)]
    positions = [int(i) for i in drawn[0].ids]
    assert positions == sorted(positions)
    assert drawn[0].ids == drawn[1].ids != drawn[2].ids


def test_a_split_that_is_smaller_stays_whole(whole):
    assert counts(sample(whole, 5_000, seed=0)) == counts(whole)
    assert counts(sample(whole, 1.0, seed=0)) == counts(whole)


def test_without_train_the_count_is_that_of_each_split(make_examples):
    examples = make_examples(rows(60, "test"))
    assert counts(sample(examples, 30, seed=0))["test"] == 30


def test_a_sample_is_never_empty_where_there_are_texts(whole):
    assert counts(sample(whole, 1, seed=0)) == {"train": 1, "validation": 1, "test": 1}


def test_soft_labels_go_along(whole):
    from dataclasses import replace

    soft = np.random.default_rng(0).random(whole.labels.shape).astype(np.float32)
    drawn = sample(replace(whole, soft_labels=soft), 50, seed=0)
    positions = [int(i) for i in drawn.ids]
    assert (drawn.soft_labels == soft[positions]).all()

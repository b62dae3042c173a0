from __future__ import annotations

import re

import numpy as np
import pytest

from emoscope.data import everyday
from emoscope.data.audit import audit
from emoscope.data.everyday import READINGS, read_everyday, read_everyday_as_emotion
from emoscope.data.examples import SPLITS, Examples
from emoscope.errors import UnknownLabel, UnreadableFile
from emoscope.io.table import read_table
from emoscope.taxonomy import EMOTION, GOEMOTIONS


@pytest.fixture(scope="module")
def corpus() -> Examples:
    return read_everyday()


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    found = []
    for split in SPLITS:
        table = read_table(everyday.FOLDER / f"{split}.tsv", options=everyday._AS_WRITTEN)
        names = (*table.columns, "split")
        cells = zip(*table.columns.values(), [split] * len(table), strict=True)
        found += [dict(zip(names, row, strict=True)) for row in cells]
    return found


def test_every_label_is_there_two_hundred_times_and_in_each_split(corpus: Examples) -> None:
    assert corpus.taxonomy is GOEMOTIONS
    assert len(corpus) >= 8_000
    assert (corpus.labels.sum(axis=0) >= 200).all()
    for split, share in zip(SPLITS, (0.70, 0.15, 0.15), strict=True):
        part = corpus.split(split)
        assert len(part) / len(corpus) == pytest.approx(share, abs=0.01)
        assert (part.labels.sum(axis=0) >= 30).all()
    corpus.check_trainable()
    assert len(set(corpus.ids)) == len(corpus)


def test_texts_have_one_to_four_labels_and_neutral_stands_alone(corpus: Examples) -> None:
    counts = corpus.labels.sum(axis=1)
    assert set(counts.tolist()) <= {1, 2, 3, 4}
    assert (counts[corpus.labels[:, GOEMOTIONS.index("neutral")]] == 1).all()


def test_labels_are_what_most_readers_gave(rows: list[dict[str, str]]) -> None:
    for row in rows:
        readings = [set(row[name].split(",")) for name in READINGS if row[name]]
        assert len(readings) >= 2
        if row["kind"] == "identity":
            continue  # twins have the labels that all of them got together
        shared = readings[0] & readings[1]
        assert shared or len(readings) == 3
        given = set(row["labels"].split(","))
        assert given == shared or (not shared and given & (readings[0] | readings[1] | readings[2]))


def test_soft_labels_are_shares_of_readers(corpus: Examples) -> None:
    assert corpus.soft_labels is not None
    shares = np.unique(corpus.soft_labels.astype(np.float64).round(3)).tolist()
    assert set(shares) <= {0.0, 0.333, 0.5, 0.667, 1.0}
    assert (corpus.soft_labels.max(axis=1) >= 0.333).all()


def test_nothing_repeats_or_is_empty(corpus: Examples) -> None:
    findings = audit(corpus)
    assert all(found.texts == 0 for found in findings.folded.within + findings.folded.across)
    assert not any(findings.empty.values())


def test_twins_are_on_one_side_and_near_copies_too(rows: list[dict[str, str]]) -> None:
    sides: dict[str, set[str]] = {}
    for row in rows:
        if row["group"]:
            sides.setdefault(row["group"], set()).add(row["split"])
    assert len(sides) > 400
    assert all(len(splits) == 1 for splits in sides.values())
    train: dict[str, list[frozenset[str]]] = {}
    words = {row["id"]: frozenset(re.findall(r"[\w']+", row["text"].lower())) for row in rows}
    for row in rows:
        if row["split"] == "train":
            for word in words[row["id"]]:
                train.setdefault(word, []).append(words[row["id"]])
    for row in rows:
        own = words[row["id"]]
        if row["split"] == "train" or len(own) < 5:
            continue
        rarest = min(own, key=lambda word: len(train.get(word, ())))
        for other in train.get(rarest, ()):
            assert len(own & other) < 0.8 * len(own | other), row["text"]


def test_names_of_people_do_not_change_the_labels(rows: list[dict[str, str]]) -> None:
    twins: dict[str, set[str]] = {}
    for row in rows:
        if row["kind"] == "identity" and row["group"]:
            twins.setdefault(row["group"], set()).add(row["labels"])
    assert len(twins) > 60
    assert all(len(labels) == 1 for labels in twins.values())


def test_it_stands_in_for_emotion_with_six_labels(corpus: Examples) -> None:
    examples = read_everyday_as_emotion()
    assert examples.taxonomy is EMOTION
    assert examples.task == "single_label"
    assert examples.labels.shape == (len(examples), 6)
    examples.check_trainable()
    by_id = dict(zip(corpus.ids, corpus.labels, strict=True))
    for row_id, row in zip(examples.ids, examples.labels, strict=True):
        label = EMOTION.labels[int(row.argmax())]
        assert np.flatnonzero(by_id[row_id]).tolist() == [GOEMOTIONS.index(label)]


HEADER = "id\ttext\tlabels\tfirst\tsecond\tthird\tkind\tgroup"


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        ("e1\thello", UnreadableFile, "line 2: 2 fields, and the header has 8"),
        ("e1\thello\tjoi\tjoy\tjoy\t\tchat\t", UnknownLabel, "line 2: unknown label 'joi'.*'joy'"),
    ],
)
def test_a_damaged_installation_is_told(write, monkeypatch, line, error, message):
    for split in SPLITS:
        path = write(f"everyday/{split}.tsv", f"{HEADER}\n{line}\n")
    monkeypatch.setattr(everyday, "FOLDER", path.parent)
    with pytest.raises(error, match=f"train.tsv, {message}.*Reinstall"):
        read_everyday()


def test_another_header_is_told(write, monkeypatch):
    monkeypatch.setattr(everyday, "FOLDER", write("everyday/train.tsv", "a\tb\n1\t2\n").parent)
    with pytest.raises(UnreadableFile, match="not the header of everyday"):
        read_everyday()

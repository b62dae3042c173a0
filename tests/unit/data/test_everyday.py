from __future__ import annotations

import numpy as np
import pytest

from emoscope.data import everyday
from emoscope.data.audit import audit
from emoscope.data.everyday import read_everyday, read_everyday_as_emotion
from emoscope.errors import UnknownLabel, UnreadableFile
from emoscope.taxonomy import EMOTION, GOEMOTIONS


def test_the_sample_covers_all_labels_in_all_splits():
    examples = read_everyday()
    assert examples.taxonomy is GOEMOTIONS
    assert len(examples) >= 700
    assert (examples.labels.sum(axis=0) >= 20).all()
    for split in ("train", "validation", "test"):
        assert (examples.split(split).labels.sum(axis=0) >= 1).all()
    examples.check_trainable()
    assert len(set(examples.ids)) == len(examples)


def test_about_a_sixth_of_the_sample_has_two_labels():
    counts = read_everyday().labels.sum(axis=1)
    assert set(counts.tolist()) == {1, 2}
    assert 1 / 8 < np.mean(counts == 2) < 1 / 5


def test_nothing_in_the_sample_repeats_or_is_empty():
    findings = audit(read_everyday())
    assert all(found.texts == 0 for found in findings.folded.within + findings.folded.across)
    assert not any(findings.empty.values())


def test_it_stands_in_for_emotion_with_six_labels():
    examples = read_everyday_as_emotion()
    assert examples.taxonomy is EMOTION
    assert examples.task == "single_label"
    assert examples.labels.shape == (len(examples), 6)
    examples.check_trainable()
    whole = read_everyday()
    by_id = dict(zip(whole.ids, whole.labels, strict=True))
    for row_id, row in zip(examples.ids, examples.labels, strict=True):
        label = EMOTION.labels[int(row.argmax())]
        assert np.flatnonzero(by_id[row_id]).tolist() == [GOEMOTIONS.index(label)]


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        ("s1\thello", UnreadableFile, "line 2: 2 fields, and the header has 3"),
        ("s1\thello\tjoi", UnknownLabel, "line 2: unknown label 'joi'.*'joy'"),
    ],
)
def test_a_damaged_installation_is_told(write, monkeypatch, line, error, message):
    path = write("sample/train.tsv", f"id\ttext\tlabels\n{line}\n")
    monkeypatch.setattr(sample, "FOLDER", path.parent)
    with pytest.raises(error, match=f"train.tsv, {message}.*Reinstall"):
        read_everyday()


def test_another_header_is_told(write, monkeypatch):
    monkeypatch.setattr(sample, "FOLDER", write("sample/train.tsv", "a\tb\n1\t2\n").parent)
    with pytest.raises(UnreadableFile, match="not the sample's header"):
        read_everyday()

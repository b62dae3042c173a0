from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.data.emotion import read_emotion
from emoscope.errors import DataNotFound, UnknownLabel, UnreadableFile
from emoscope.taxonomy import EMOTION


@pytest.fixture
def folder(write) -> Path:
    write("e/val.txt", "i feel low;sadness\n")
    write("e/test.txt", "i feel odd;surprise\n")
    return write("e/train.txt", "i feel fine;joy\ni feel; well;love\r\n").parent


def test_it_reads_texts_labels_and_splits(folder: Path):
    examples = read_emotion(folder)
    assert examples.texts == ("i feel fine", "i feel; well", "i feel low", "i feel odd")
    assert [EMOTION.labels[i] for i in examples.labels.argmax(axis=1)] == [
        "joy",
        "love",
        "sadness",
        "surprise",
    ]
    assert examples.splits.tolist() == ["train", "train", "validation", "test"]
    assert examples.ids == ("train:1", "train:2", "validation:1", "test:1")
    assert examples.task == "single_label"


def test_a_header_that_some_copies_have_is_no_example(folder: Path, write):
    write("e/val.txt", "text;label_name\ni feel low;sadness\n")
    assert read_emotion(folder).split("validation").texts == ("i feel low",)


def test_a_unicode_line_separator_does_not_end_a_line(folder: Path, write):
    write("e/val.txt", "i feel\u2028low;sadness\n")
    assert read_emotion(folder).split("validation").texts == ("i feel\u2028low",)


def test_an_unknown_label_is_named_with_its_line_and_the_nearest(folder: Path, write):
    write("e/val.txt", "i feel low;sadness\ni feel low;sadnes\n")
    with pytest.raises(UnknownLabel, match=r"val\.txt, line 2: unknown label 'sadnes'.*'sadness'"):
        read_emotion(folder)


def test_a_line_without_separator_is_named(folder: Path, write):
    write("e/train.txt", "i feel fine;joy\ni feel\n")
    with pytest.raises(UnreadableFile, match=r"train\.txt, line 2: no ';'"):
        read_emotion(folder)


def test_a_missing_file_is_named(folder: Path):
    (folder / "val.txt").unlink()
    with pytest.raises(DataNotFound, match=r"val\.txt"):
        read_emotion(folder)


@pytest.mark.real_data
def test_the_files_have_the_published_counts(real_data: Path):
    examples = read_emotion(real_data / "emotion")
    support = {
        split: examples.split(split).labels.sum(axis=0).tolist()
        for split in ("train", "validation", "test")
    }
    assert support == {
        "train": [4666, 5362, 1304, 2159, 1937, 572],
        "validation": [550, 704, 178, 275, 212, 81],
        "test": [581, 695, 159, 275, 224, 66],
    }
    assert sum(map(sum, support.values())) == len(examples) == 20_000

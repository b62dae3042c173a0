from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emoscope.data.goemotions import is_goemotions_folder, read_goemotions
from emoscope.errors import DataNotFound, NoExamples, UnknownLabel, UnreadableFile
from emoscope.taxonomy import GOEMOTIONS

TRAIN = 'I like it\t0,18\ta1\n"She said ""go"" and left"\t27\ta2\n'
DEV = "so sad\t25\tb1\n"
TEST = "wow\t26\tc1\n"

# Support of each label in train, dev and test, as the data set's own table has it.
SUPPORT = """
admiration 4130 488 504
amusement 2328 303 264
anger 1567 195 198
annoyance 2470 303 320
approval 2939 397 351
caring 1087 153 135
confusion 1368 152 153
curiosity 2191 248 284
desire 641 77 83
disappointment 1269 163 151
disapproval 2022 292 267
disgust 793 97 123
embarrassment 303 35 37
excitement 853 96 103
fear 596 90 78
gratitude 2662 358 352
grief 77 13 6
joy 1452 172 161
love 2086 252 238
nervousness 164 21 23
optimism 1581 209 186
pride 111 15 16
realization 1110 127 145
relief 153 18 11
remorse 545 68 56
sadness 1326 143 156
surprise 1060 129 141
neutral 14219 1766 1787
"""


@pytest.fixture
def folder(write) -> Path:
    write("g/dev.tsv", DEV)
    write("g/test.tsv", TEST)
    return write("g/train.tsv", TRAIN).parent


def test_it_reads_texts_labels_ids_and_splits(folder: Path):
    examples = read_goemotions(folder)
    assert examples.texts == ("I like it", 'She said "go" and left', "so sad", "wow")
    assert examples.ids == ("a1", "a2", "b1", "c1")
    assert examples.splits.tolist() == ["train", "train", "validation", "test"]
    assert examples.task == "multi_label"
    named = [[GOEMOTIONS.labels[i] for i in np.flatnonzero(row)] for row in examples.labels]
    assert named == [["admiration", "love"], ["neutral"], ["sadness"], ["surprise"]]
    assert [(f.name, f.rows) for f in examples.files] == [
        ("train.tsv", 2),
        ("dev.tsv", 1),
        ("test.tsv", 1),
    ]


def test_a_folder_is_recognised_by_its_three_files(folder: Path):
    assert is_goemotions_folder(folder)
    (folder / "dev.tsv").unlink()
    assert not is_goemotions_folder(folder)


def test_a_missing_file_is_named(folder: Path):
    (folder / "dev.tsv").unlink()
    with pytest.raises(DataNotFound, match=r"dev\.tsv"):
        read_goemotions(folder)


def test_a_missing_folder_is_named(tmp_path: Path):
    with pytest.raises(DataNotFound, match="nowhere"):
        read_goemotions(tmp_path / "nowhere")


@pytest.mark.parametrize("cell", ["28", "-1", "joy", "", "1,,2", "1.0", "²", "9" * 5000])
def test_an_index_out_of_range_is_named_with_its_line(folder: Path, write, cell: str):
    write("g/dev.tsv", f"fine\t3\tb1\nbroken\t{cell}\tb2\n")
    with pytest.raises(UnknownLabel, match=r"dev\.tsv, line 2: label index .* 0 to 27"):
        read_goemotions(folder)


@pytest.mark.parametrize("line", ["no tabs at all", "text\t3", "text\t3\tid\tmore"])
def test_a_wrong_number_of_fields_is_named_with_its_line(folder: Path, write, line: str):
    write("g/train.tsv", f"fine\t3\ta1\n{line}\n")
    with pytest.raises(UnreadableFile, match=r"train\.tsv, line 2: \d fields?, .* row has 3"):
        read_goemotions(folder)


def test_an_empty_file_is_named(folder: Path, write):
    write("g/test.tsv", "\n")
    with pytest.raises(NoExamples, match=r"test\.tsv is empty"):
        read_goemotions(folder)


def test_labels_in_another_order_are_refused(folder: Path, write):
    write("g/labels.txt", "\n".join(GOEMOTIONS.labels))
    read_goemotions(folder)
    write("g/labels.txt", "\n".join(("admiration", *reversed(GOEMOTIONS.labels[1:]))))
    with pytest.raises(UnknownLabel, match=r"labels\.txt, line 2"):
        read_goemotions(folder)


@pytest.mark.real_data
def test_the_official_files_have_the_published_counts(real_data: Path):
    examples = read_goemotions(real_data / "goemotions")
    counts = [len(examples.split(s)) for s in ("train", "validation", "test")]
    assert counts == [43_410, 5_426, 5_427]
    support = [[int(n) for n in line.split()[1:]] for line in SUPPORT.split("\n") if line]
    found = [examples.split(s).labels.sum(axis=0) for s in ("train", "validation", "test")]
    assert np.array(found).T.tolist() == support
    assert len(set(examples.ids)) == 54_263
    assert examples.labels.sum(axis=1).max() == 5
    assert (examples.labels.sum(axis=1) > 1).sum() == 8_817


@pytest.mark.real_data
def test_quoted_texts_come_out_as_they_were_written(real_data: Path):
    examples = read_goemotions(real_data / "goemotions")
    quoted = [
        sum('"' in text for text in examples.split(split).texts)
        for split in ("train", "validation", "test")
    ]
    assert quoted == [1_097, 137, 149]
    naive = [
        line.split("\t")[0]
        for name in ("train", "dev", "test")
        for line in (real_data / "goemotions" / f"{name}.tsv").read_text("utf-8").split("\n")[:-1]
    ]
    differing = [a for a, b in zip(examples.texts, naive, strict=True) if a != b]
    assert len(differing) == 1_383
    # Every quote of a text was doubled, and two were added around it.
    wrong = [b for a, b in zip(examples.texts, naive, strict=True) if a != b]
    assert sum(b.count('"') - 2 * a.count('"') for a, b in zip(differing, wrong, strict=True)) == (
        2 * 1_383
    )

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emoscope.data import load, sources
from emoscope.data.cache import cache_folder
from emoscope.data.everyday import read_everyday
from emoscope.data.load import load_examples
from emoscope.data.settings import DataSettings
from emoscope.errors import (
    DataNotFound,
    MissingExtra,
    NoExamples,
    UnreadableFile,
    UnusableSplit,
)
from emoscope.taxonomy import EMOTION, GOEMOTIONS


def sizes(examples) -> list[int]:
    return [int((examples.splits == s).sum()) for s in ("train", "validation", "test")]


def table(n: int, labels=("joy", "anger", "fear")) -> str:
    rows = [f"text {number},{labels[number % len(labels)]}" for number in range(n)]
    return "\n".join(["text,label", *rows]) + "\n"


def test_the_sample(tmp_path):
    examples = load_examples(DataSettings(name="everyday"))
    assert examples.notes[0] == "the corpus that ships with emoscope"
    assert examples.taxonomy is GOEMOTIONS


@pytest.mark.parametrize(
    ("name", "taxonomy"),
    [("goemotions", GOEMOTIONS), ("goemotions-raw", GOEMOTIONS), ("emotion", EMOTION)],
)
def test_a_data_set_that_is_nowhere_becomes_the_sample_and_says_so(name, taxonomy):
    examples = load_examples(DataSettings(name=name))
    assert examples.notes[0].startswith(f"NOT {name}: ")
    assert examples.name == "everyday"
    assert examples.taxonomy is taxonomy


def test_a_file_gets_splits(write):
    path = write("tickets.csv", table(90))
    examples = load_examples(DataSettings(name="file", validation_share=0.2), path)
    assert sizes(examples) == [63, 18, 9]
    assert examples.notes[0] == f"tickets.csv from --data ({path})"
    assert examples.notes[-1].startswith("made splits: train 63, validation 18, test 9")
    again = load_examples(DataSettings(name="file", validation_share=0.2), path)
    assert again.splits.tolist() == examples.splits.tolist()


def test_missing_validation_is_made_of_train_and_a_given_test_stays(write):
    train, test = write("a.csv", table(90)), write("b.csv", table(30))
    examples = load_examples(DataSettings(name="file", path=train, test_path=test))
    assert sizes(examples) == [81, 9, 30]


def test_given_validation_leaves_train_whole(write):
    folder = write("own/train.csv", table(60)).parent
    write("own/dev.csv", table(12))
    assert sizes(load_examples(DataSettings(name="file"), folder)) == [60, 12, 0]


def test_shares_of_zero_make_no_splits(write):
    settings = DataSettings(name="file", validation_share=0, test_share=0)
    assert sizes(load_examples(settings, write("a.csv", table(30)))) == [30, 0, 0]


def test_a_file_to_judge_on_is_all_test(write):
    settings = DataSettings(name="file", test_path=write("a.csv", table(30)))
    examples = load_examples(settings, trainable=False)
    assert sizes(examples) == [0, 0, 30]
    with pytest.raises(NoExamples, match="no train rows"):
        load_examples(settings)


def test_empty_texts_are_left_out_and_told(write):
    path = write("a.csv", table(30) + " ,joy\n\u200b,joy\n")
    examples = load_examples(DataSettings(name="file"), path)
    assert len(examples) == 30
    assert "left out 2 empty texts (the first has the id 32)" in examples.notes
    kept = load_examples(DataSettings(name="file"), path, keep_empty=True)
    assert len(kept) == 32


def test_only_empty_texts_are_an_error(write):
    path = write("a.csv", "text,label\n ,joy\n,anger\n")
    with pytest.raises(NoExamples, match="all 2 texts are empty"):
        load_examples(DataSettings(name="file"), path)


def test_single_label_keeps_the_texts_with_one(write):
    path = write("a.csv", table(60) + "both,joy|anger\nnone,\n")
    examples = load_examples(DataSettings(name="file", single_label=True), path)
    assert examples.task == "single_label"
    assert len(examples) == 60
    assert "kept the 60 of 62 texts that have exactly one label" in examples.notes


def test_a_sample_is_drawn_after_splitting(write):
    settings = DataSettings(name="file", sample=40)
    examples = load_examples(settings, write("a.csv", table(300)))
    assert sizes(examples) == [40, 4, 4]
    assert examples.notes[-1].startswith("sampled train 40")


def test_one_label_only_cannot_be_trained_on_but_described(write):
    path = write("a.csv", table(60, labels=("joy",)))
    with pytest.raises(UnusableSplit, match=r"same label \(joy\)"):
        load_examples(DataSettings(name="file"), path)
    assert sizes(load_examples(DataSettings(name="file"), path, trainable=False)) == [48, 6, 6]


def test_a_label_never_seen_in_train_is_an_error(write):
    train, test = write("a.csv", table(60)), write("b.csv", "text,label\nx,disgust\n")
    settings = DataSettings(name="file", path=train, test_path=test)
    with pytest.raises(UnusableSplit, match="test has labels that never occur in train: disgust"):
        load_examples(settings)
    examples = load_examples(settings, trainable=False)
    assert "train has no text with these labels: disgust" in examples.notes


def test_too_few_texts_for_splits_are_an_error_or_a_note(write):
    path = write("a.csv", table(2))
    with pytest.raises(UnusableSplit, match="too few for the splits"):
        load_examples(DataSettings(name="file"), path)
    examples = load_examples(DataSettings(name="file"), path, trainable=False)
    assert sizes(examples) == [2, 0, 0]
    assert any(note.startswith("no splits were made") for note in examples.notes)


def test_a_missing_file_is_never_the_sample(tmp_path: Path):
    for name in ("goemotions", "emotion", "file"):
        with pytest.raises(DataNotFound):
            load_examples(DataSettings(name=name), tmp_path / "nowhere")


def test_a_data_set_from_the_hub_is_kept_for_next_time(monkeypatch):
    monkeypatch.setattr(sources, "hub_problem", lambda hub_id: None)
    asked = []

    def read(hub_id, settings):
        asked.append((hub_id, settings.ids))
        return replace(read_everyday(), name="go_emotions")

    monkeypatch.setattr(load, "read_hub", read)
    first = load_examples(DataSettings(name="goemotions"))
    assert first.notes[0] == "goemotions from the hub (google-research-datasets/go_emotions)"
    assert first.name == "goemotions"
    second = load_examples(DataSettings(name="goemotions"))
    assert second.notes[0] == f"goemotions from the local cache ({cache_folder() / 'goemotions'})"
    assert second.texts == first.texts
    assert np.array_equal(second.labels, first.labels)
    assert asked == [("google-research-datasets/go_emotions", "id")]


def test_a_hub_that_fails_halfway_leads_to_the_sample(monkeypatch):
    monkeypatch.setattr(sources, "hub_problem", lambda hub_id: None)

    def fail(hub_id, settings):
        raise DataNotFound("the line went dead")

    monkeypatch.setattr(load, "read_hub", fail)
    examples = load_examples(DataSettings(name="emotion"))
    assert examples.notes[0].startswith("NOT emotion: ")
    assert "the hub (the line went dead)" in examples.notes[0]


def test_a_hub_id_that_fails_is_an_error(monkeypatch):
    seen = []

    def fail(hub_id, settings, problem):
        seen.append(problem)
        raise DataNotFound("no such data set")

    monkeypatch.setattr(load, "read_hub", fail)
    monkeypatch.setattr(load, "hub_problem", lambda hub_id: "asleep")
    with pytest.raises(DataNotFound, match="no such data set"):
        load_examples(DataSettings(name="hub:a/b"))
    assert seen == ["asleep"]


def test_a_folder_for_the_hub_reader_needs_no_hub(monkeypatch, tmp_path):
    seen = []

    def read(hub_id, settings, problem):
        seen.append((hub_id, problem))
        return read_everyday()

    monkeypatch.setattr(load, "read_hub", read)
    monkeypatch.setattr(load, "hub_problem", lambda hub_id: pytest.fail("asked the hub"))
    load_examples(DataSettings(name=f"hub:{tmp_path}"))
    assert seen == [(str(tmp_path), None)]


def test_a_missing_extra_is_told_for_a_hub_id(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtra, match=r"emoscope\[hub\]"):
        load_examples(DataSettings(name="hub:a/b"))


@pytest.mark.real_data
def test_the_real_data_sets_load_by_name(real_data: Path, monkeypatch):
    monkeypatch.setenv("EMOSCOPE_DATA", str(real_data))
    goemotions = load_examples(DataSettings(name="goemotions"))
    assert sizes(goemotions) == [43_410, 5_426, 5_427]
    assert goemotions.notes == (f"goemotions from EMOSCOPE_DATA ({real_data / 'goemotions'})",)
    single = load_examples(DataSettings(name="goemotions", single_label=True))
    assert sizes(single) == [36_308, 4_548, 4_590]
    assert sizes(load_examples(DataSettings(name="goemotions", sample=2000))) == [2000, 200, 200]
    assert sizes(load_examples(DataSettings(name="emotion"))) == [16_000, 2_000, 2_000]
    raw = load_examples(DataSettings(name="goemotions-raw", min_raters=1))
    assert sizes(raw)[1:] == [5_426, 5_427]
    assert raw.soft_labels is not None


@pytest.mark.real_data
def test_a_sample_of_goemotions_keeps_the_shares_of_its_labels(real_data: Path):
    whole = load_examples(DataSettings(name="goemotions"), real_data).split("train")
    drawn = load_examples(DataSettings(name="goemotions", sample=2000), real_data).split("train")
    expected = whole.labels.sum(axis=0) * 2000 / len(whole)
    # To a row or so for each label, and a few where the sample was brought to its exact size.
    assert np.abs(drawn.labels.sum(axis=0) - expected).max() < 6


OWN = "text,labels\nso glad today,joy\nvery happy now,joy\nquite cross,anger\nreally mad,anger\n"


def test_test_can_be_left_out_with_its_file_unread(write):
    folder = write("goemotions/train.tsv", "so glad\t17\ta\nnice\t17\tb\n").parent
    write("goemotions/dev.tsv", "cross\t2\tc\n")
    write("goemotions/test.tsv", b"\xff\xfe no table at all")
    settings = DataSettings(name="goemotions")
    with pytest.raises(UnreadableFile):
        load_examples(settings, folder, trainable=False)
    found = load_examples(settings, folder, trainable=False, test=False)
    assert found.splits.tolist() == ["train", "train", "validation"]


def test_a_users_test_file_is_left_unread_too(write):
    train = write("train.csv", OWN)
    settings = DataSettings(
        name="file", path=train, validation_path=write("valid.csv", OWN),
        test_path=write("test.csv", b"\xff\x00"),
    )  # fmt: skip
    found = load_examples(settings, test=False)
    assert sizes(found) == [4, 4, 0]


@pytest.mark.parametrize("with_test_file", [True, False])
def test_what_is_left_without_test_is_the_same(write, with_test_file):
    rows = [
        f"i am {'glad' if i % 2 else 'cross'} {i},{'joy' if i % 2 else 'anger'}" for i in range(60)
    ]
    train = write("many.csv", "\n".join(["text,labels", *rows, ""]))
    test = write("test.csv", OWN) if with_test_file else None
    settings = DataSettings(name="file", path=train, test_path=test, sample=0.5)
    every, chosen = load_examples(settings), load_examples(settings, test=False)
    kept = every.select(every.splits != "test")
    assert every.has_split("test")
    assert not chosen.has_split("test")
    assert chosen.texts == kept.texts
    assert chosen.splits.tolist() == kept.splits.tolist()

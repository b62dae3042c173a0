from __future__ import annotations

import importlib.util
import json
import sys
import time
from pathlib import Path

import pytest

from emoscope.data import hub
from emoscope.data.hub import hub_problem, read_hub
from emoscope.data.settings import DataSettings
from emoscope.errors import ColumnMissing, DataNotFound, MissingExtra, NoExamples
from emoscope.taxonomy import EMOTION

HUB = DataSettings(name="hub:x")

CARD = """---
dataset_info:
  features:
  - name: text
    dtype: string
  - name: {column}
    {feature}
---
"""
SINGLE = """dtype:
      class_label:
        names:
{names}"""
SEVERAL = """sequence:
      class_label:
        names:
{names}"""


@pytest.fixture
def make_dataset(write, monkeypatch, tmp_path: Path):
    """Write a folder that ``datasets`` reads as it reads one of the hub."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "arrow")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)

    def make(splits: dict[str, list[dict]], column="labels", feature="", names=()) -> Path:
        for split, rows in splits.items():
            write(f"set/{split}.jsonl", "\n".join(map(json.dumps, rows)) + "\n")
        if feature:
            listed = "\n".join(f"          '{i}': {name}" for i, name in enumerate(names))
            card = CARD.format(column=column, feature=feature.format(names=listed))
            write("set/README.md", card)
        return tmp_path / "set"

    return make


def labels_of(examples):
    names = examples.taxonomy.labels
    return [[names[i] for i in row.nonzero()[0]] for row in examples.labels]


def test_lists_of_class_labels(make_dataset):
    folder = make_dataset(
        {
            "train": [{"text": "a", "labels": [0]}, {"text": "b", "labels": [2, 0]}],
            "test": [{"text": "c", "labels": []}],
        },
        feature=SEVERAL,
        names=("joy", "anger", "fear"),
    )
    examples = read_hub(str(folder), HUB)
    assert examples.texts == ("a", "b", "c")
    assert labels_of(examples) == [["joy"], ["joy", "fear"], []]
    assert examples.taxonomy.labels == ("joy", "anger", "fear")
    assert examples.task == "multi_label"
    assert examples.splits.tolist() == ["train", "train", "test"]
    assert examples.ids == ("train:1", "train:2", "test:1")
    assert [f.rows for f in examples.files] == [2, 1]
    assert all(len(f.sha256) == 64 for f in examples.files)


def test_one_class_label_of_a_known_set(make_dataset):
    folder = make_dataset(
        {
            "train": [{"text": "a", "label": 1}],
            "validation": [{"text": "b", "label": 5}],
        },
        column="label",
        feature=SINGLE,
        names=EMOTION.labels,
    )
    examples = read_hub(str(folder), HUB)
    assert examples.taxonomy is EMOTION
    assert examples.task == "single_label"
    assert labels_of(examples) == [["joy"], ["surprise"]]


def test_plain_columns_by_name(make_dataset):
    folder = make_dataset(
        {"train": [{"body": "a", "tag": "joy", "nr": 7}, {"body": "b", "tag": "fear", "nr": 8}]}
    )
    settings = DataSettings(name="hub:x", text="body", labels="tag", ids="nr")
    examples = read_hub(str(folder), settings)
    assert labels_of(examples) == [["joy"], ["fear"]]
    assert examples.ids == ("7", "8")
    with pytest.raises(ColumnMissing, match=r"set \(train\) has no column 'text'.*body, tag, nr"):
        read_hub(str(folder), HUB)


def test_columns_of_zero_and_one(make_dataset):
    folder = make_dataset({"train": [{"text": "a", "joy": 1, "fear": 0}]})
    examples = read_hub(str(folder), DataSettings(name="hub:x", label_columns=("joy", "fear")))
    assert labels_of(examples) == [["joy"]]


class FakeDataset(dict):
    """What read_hub uses of a data set, for split names that files cannot have."""

    @property
    def column_names(self) -> list[str]:
        return list(self)

    @property
    def features(self) -> dict[str, None]:
        return dict.fromkeys(self)

    def __len__(self) -> int:
        return len(self["text"])


def test_splits_of_other_names_are_left_out_and_told(monkeypatch):
    rows = FakeDataset(text=["a", "b"], label=["joy", "fear"])
    monkeypatch.setattr(hub, "_load", lambda *given: {"train": rows, "unsupervised": rows})
    examples = read_hub("a/b", HUB)
    assert len(examples) == 2
    assert examples.notes[-1] == "left out the splits unsupervised"
    monkeypatch.setattr(hub, "_load", lambda *given: {"unsupervised": rows})
    with pytest.raises(NoExamples, match=r"no split called train.*has: unsupervised"):
        read_hub("a/b", HUB)


def test_a_folder_without_data_is_named(make_dataset, write, tmp_path):
    write("empty/notes.md", "x")
    with pytest.raises(DataNotFound, match=r"empty' cannot be read"):
        read_hub(str(tmp_path / "empty"), HUB)


def test_without_a_way_to_the_hub_only_an_earlier_download_counts(make_dataset):
    started = time.monotonic()
    with pytest.raises(DataNotFound, match="the hub is asleep, and no earlier download is there"):
        read_hub("no-such-owner/no-such-data-set", HUB, problem="the hub is asleep")
    assert time.monotonic() - started < 5


def test_without_datasets_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtra, match=r"emoscope\[hub\]"):
        read_hub("a/b", HUB)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "emoscope[hub]" in hub_problem("a/b")


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "something")
    monkeypatch.delenv("HF_HUB_OFFLINE")


def test_the_offline_switch_is_respected(installed, monkeypatch):
    monkeypatch.setattr(hub, "_ask", lambda hub_id: pytest.fail("asked the hub"))
    for value in ("1", "true", "YES"):
        monkeypatch.setenv("HF_HUB_OFFLINE", value)
        assert "HF_HUB_OFFLINE is set" in hub_problem("a/b")


def test_a_silent_hub_is_given_up_soon(installed, monkeypatch):
    monkeypatch.setattr(hub, "SECONDS_TO_ANSWER", 0.05)
    monkeypatch.setattr(hub, "_ask", lambda hub_id: time.sleep(2))
    started = time.monotonic()
    assert "did not answer within" in hub_problem("a/b")
    assert time.monotonic() - started < 1


def test_what_the_hub_answers_counts(installed, monkeypatch):
    for answer in (None, "the hub has no data set a/b, or not for you"):
        monkeypatch.setattr(hub, "_ask", lambda hub_id, answer=answer: answer)
        assert hub_problem("a/b") == answer


def test_a_refused_connection_is_a_reason(monkeypatch):
    huggingface_hub = pytest.importorskip("huggingface_hub")

    class Unreachable:
        def dataset_info(self, hub_id, timeout):
            assert timeout <= hub.SECONDS_TO_ANSWER
            raise ConnectionRefusedError

    monkeypatch.setattr(huggingface_hub, "HfApi", Unreachable)
    assert hub._ask("a/b") == "the hub cannot be reached (ConnectionRefusedError)"

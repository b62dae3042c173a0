from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emoscope.data.describe import Lengths, Pair, describe
from emoscope.data.examples import SourceFile
from emoscope.data.goemotions import read_goemotions

ROWS = [
    ("one two", "joy", "train"),
    ("three", "joy anger", "train"),
    ("four five six", "joy anger fear", "train"),
    ("x", "", "test"),
]


def test_a_small_description_worked_by_hand(make_examples):
    found = describe(make_examples(ROWS))
    assert found.texts == {"train": 3, "test": 1}
    assert found.support == {
        "joy": {"train": 3, "test": 0},
        "anger": {"train": 2, "test": 0},
        "fear": {"train": 1, "test": 0},
    }
    assert found.labels_a_text == {"train": {1: 1, 2: 1, 3: 1}, "test": {0: 1}}
    # Lengths 7, 5, 13: the 95th percentile lies 90 % of the way from 7 to 13.
    assert found.characters["train"] == Lengths(7.0, pytest.approx(12.4), 13)
    assert found.words == {
        "train": Lengths(2.0, pytest.approx(2.9), 3),
        "test": Lengths(1.0, 1.0, 1),
    }
    assert found.pairs == (
        Pair("joy", "anger", 2, 1.0),
        Pair("joy", "fear", 1, 1.0),
        Pair("anger", "fear", 1, 1.0),
    )
    assert found.audit.without_label == {"train": 0, "test": 1}
    assert not found.soft_labels


def test_it_is_plain_data_for_machines(make_examples):
    examples = replace(
        make_examples(ROWS),
        files=(SourceFile("a.csv", "00", 4),),
        notes=("note",),
        soft_labels=np.zeros((4, 3), np.float32),
    )
    plain = json.loads(json.dumps(describe(examples).to_json()))
    assert plain["labels_a_text"] == {"train": {"1": 1, "2": 1, "3": 1}, "test": {"0": 1}}
    assert plain["files"] == [{"name": "a.csv", "sha256": "00", "rows": 4, "data_set": 0}]
    assert plain["notes"] == ["note"]
    assert plain["soft_labels"] is True
    assert plain["audit"]["exact"]["within"][0]["split"] == "train"


@pytest.mark.real_data
def test_goemotions_is_described_as_known(real_data: Path):
    found = describe(read_goemotions(real_data / "goemotions"))
    several = sum(
        texts for counts in found.labels_a_text.values() for n, texts in counts.items() if n > 1
    )
    assert several == 8_817
    assert max(lengths.longest for lengths in found.characters.values()) == 703
    assert found.support["grief"] == {"train": 77, "validation": 13, "test": 6}

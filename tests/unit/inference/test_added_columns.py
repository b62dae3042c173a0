from __future__ import annotations

import pytest

from emoscope.errors import DataError
from emoscope.inference.added_columns import AddedColumns
from emoscope.inference.answers import LabelSet

OWN = LabelSet(None, ("joy", "fear"))
MOOD = LabelSet("mood", ("good", "bad"))


def test_names():
    assert AddedColumns((OWN,), "object").names == (
        "labels", "top_label", "notes", "error", "probabilities",
    )  # fmt: skip
    assert AddedColumns((OWN,), "none").names == ("labels", "top_label", "notes", "error")
    assert AddedColumns((OWN, MOOD), "wide", "e_").names == (
        "e_labels", "e_top_label", "e_mood_labels", "e_mood_top_label", "e_notes", "e_error",
        "e_probability_joy", "e_probability_fear",
        "e_mood_probability_good", "e_mood_probability_bad",
    )  # fmt: skip


def test_a_clash_names_the_columns_and_the_way_out():
    added = AddedColumns((OWN,), "object")
    with pytest.raises(DataError, match=r"f\.csv already has 'labels', 'error'.*--prefix"):
        added.refuse_clash(["id", "error", "labels"], "f.csv")
    added.refuse_clash(["id", "text"], "f.csv")

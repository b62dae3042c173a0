from __future__ import annotations

import pytest

from emoscope.data.multi_hot_columns import read_label_columns
from emoscope.errors import UnknownLabel, UnreadableFile
from emoscope.taxonomy import EMOTION


def at(row: int) -> str:
    return f"line {row + 2}"


def test_columns_of_zero_and_one_become_labels_in_their_order():
    found = read_label_columns({"joy": ["1", "0", "1.0"], "anger": [0, True, "true"]}, at)
    assert found.taxonomy.labels == ("joy", "anger")
    assert found.indices == [(0,), (1,), (0, 1)]
    assert found.may_have_none


def test_a_known_set_keeps_its_own_order():
    columns = {label: [int(label == "love")] for label in reversed(EMOTION.labels)}
    found = read_label_columns(columns, at)
    assert found.taxonomy is EMOTION
    assert found.indices == [(EMOTION.index("love"),)]


def test_a_label_without_column_holds_nowhere():
    found = read_label_columns({"anger": [1, 0]}, at, names=["joy", "anger"])
    assert found.taxonomy.labels == ("joy", "anger")
    assert found.indices == [(1,), ()]


def test_a_column_that_is_no_label_is_named():
    with pytest.raises(UnknownLabel, match=r"'angr' is none of the labels\. Did you mean 'anger'"):
        read_label_columns({"angr": [1]}, at, names=["joy", "anger"])


@pytest.mark.parametrize("cell", ["2", "", None, "yes", 0.5])
def test_a_cell_that_is_neither_is_named_with_row_and_column(cell):
    with pytest.raises(UnreadableFile, match=r"line 3, column 'joy': .* neither 0 nor 1"):
        read_label_columns({"joy": ["1", cell]}, at)

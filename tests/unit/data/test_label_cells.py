from __future__ import annotations

import pytest

from emoscope.data.label_cells import MOST_LABELS, read_label_cells
from emoscope.errors import DataError, UnknownLabel, UnreadableFile
from emoscope.taxonomy import EMOTION, GOEMOTIONS


def at(row: int) -> str:
    return f"line {row + 2}"


def named(cells, **options):
    """Label names of every cell."""
    found = read_label_cells(cells, at, **options)
    return [[found.taxonomy.labels[i] for i in row] for row in found.indices]


def test_names_become_labels_in_alphabetical_order():
    found = read_label_cells(["joy", "anger ", "joy", ""], at)
    assert found.taxonomy.labels == ("anger", "joy")
    assert found.indices == [(1,), (0,), (1,), ()]
    assert found.notes == ()
    assert not found.bare_is_normal


@pytest.mark.parametrize("mark", ["|", ";", ","])
def test_a_delimiter_is_found_and_told(mark):
    cells = ["joy", f"anger{mark} joy", f"{mark}fear"]
    assert named(cells) == [["joy"], ["anger", "joy"], ["fear"]]
    assert repr(mark) in read_label_cells(cells, at).notes[0]


def test_a_given_delimiter_is_the_only_one():
    assert named(["joy, great/anger"], delimiter="/") == [["joy, great", "anger"]]
    assert named(["joy  anger"], delimiter=" ") == [["joy", "anger"]]


def test_names_that_hold_a_delimiter_are_not_split_when_they_are_known():
    assert named(["sad, low", "joy"], names=["joy", "sad, low"]) == [["sad, low"], ["joy"]]
    assert named(["sad, low", "joy"], may_split=False) == [["sad, low"], ["joy"]]


@pytest.mark.parametrize(
    "cells",
    [
        [["joy", "fear"], []],
        ["['joy', 'fear']", "[]"],
        ['["joy", "fear"]', "[]"],
        ["['joy' 'fear']", ""],
        ["[joy, fear]", "[]"],
        ["joy|fear", ""],
        ["joy|fear|joy", None],
        ["joy|fear", float("nan")],
    ],
)
def test_lists_in_many_spellings(cells):
    assert named(cells) == [["joy", "fear"], []]


@pytest.mark.parametrize(
    "cells",
    [
        [[0, 27], [3]],
        ["0,27", "3"],
        ["[0, 27]", "[3]"],
        ["[ 0 27]", "[3]"],
        ["0|27", 3],
        ["0;27", "3.0"],
        ["0;27", 3.0],
    ],
)
def test_indices_in_many_spellings(cells):
    assert named(cells, names=GOEMOTIONS.labels) == [["admiration", "neutral"], ["annoyance"]]


def test_indices_count_in_the_order_given_even_for_a_known_set():
    names = tuple(reversed(EMOTION.labels))
    found = read_label_cells([0, 5], at, names=names)
    assert found.taxonomy is EMOTION
    assert found.indices == [(EMOTION.index("surprise"),), (EMOTION.index("sadness"),)]


def test_numbers_without_names_are_labels_in_numerical_order():
    found = read_label_cells(["10", "2", "2,10"], at)
    assert found.taxonomy.labels == ("2", "10")
    assert found.indices == [(1,), (0,), (0, 1)]
    assert "label_names" in found.notes[1]


def test_labels_that_are_numbers_by_name_are_taken_by_name():
    assert named(["2", "1"], names=["1", "2"]) == [["2"], ["1"]]


def test_an_empty_list_is_at_home_in_a_column_of_lists():
    assert read_label_cells([["joy"], []], at).bare_is_normal
    assert read_label_cells(["['joy']", "[]"], at).bare_is_normal


def test_an_unknown_label_is_named_with_its_row_and_the_nearest():
    with pytest.raises(UnknownLabel, match=r"line 4: unknown label 'angr'.*'anger'"):
        read_label_cells(["joy", "anger", "joy|angr"], at, names=["joy", "anger"])


@pytest.mark.parametrize("cell", ["2", "0,2", 7, [0, 2]])
def test_an_index_out_of_range_is_named_with_its_row(cell):
    with pytest.raises(UnknownLabel, match=r"line 3: label index [27] is out of range.* 0 to 1"):
        read_label_cells(["1", cell], at, names=["joy", "anger"])


@pytest.mark.parametrize("cell", ["-1", "1.5", "9" * 5000])
def test_a_number_that_is_no_index_is_an_unknown_label(cell):
    with pytest.raises(UnknownLabel, match=f"line 3: unknown label '{cell}'"):
        read_label_cells(["joy", cell], at, names=["joy", "anger"])


def test_a_column_without_any_label_is_named():
    with pytest.raises(UnknownLabel, match="all label cells are empty"):
        read_label_cells(["", None, "[]"], at)


def test_a_column_of_texts_is_no_column_of_labels():
    cells = [f"a text number {number}" for number in range(MOST_LABELS + 1)]
    with pytest.raises(DataError, match=r"2,001 different labels, such as 'a text number 0'"):
        read_label_cells(cells, at)


@pytest.mark.parametrize("cell", [{"joy": 1}, [["joy"]]])
def test_a_cell_of_another_kind_is_named(cell):
    with pytest.raises(UnreadableFile, match=r"line 3: .* is no label"):
        read_label_cells(["joy", cell], at)

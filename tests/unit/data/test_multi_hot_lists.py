from __future__ import annotations

import pytest

from emoscope.data.label_cells import read_label_cells
from emoscope.errors import UnreadableFile

NAMES = ("joy", "anger", "fear", "love")


def at(row: int) -> str:
    return f"line {row + 2}"


@pytest.mark.parametrize(
    "cells",
    [
        [[0, 1, 0, 1], [1, 0, 0, 0]],
        ["[0, 1, 0, 1]", "[1, 0, 0, 0]"],
        ["[0 1 0 1]", "[1 0 0 0]"],
        ["[0. 1. 0. 1.]", "[1. 0. 0. 0.]"],
        ["(0, 1, 0, 1)", "(1, 0, 0, 0)"],
        ["0,1,0,1", "1,0,0,0"],
        ["0 1 0 1", "1 0 0 0"],
        ["0|1|0|1", "1|0|0|0"],
        [[False, True, False, True], [True, False, False, False]],
        ["[false, true, false, true]", "[True, False, False, False]"],
        [[0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]],
        ["array([0, 1, 0, 1])", [1, 0, 0, 0]],
    ],
)
def test_equally_long_lists_of_zero_and_one_have_a_place_for_every_label(cells):
    found = read_label_cells([*cells, ""], at, names=NAMES)
    assert found.taxonomy.labels == NAMES
    assert found.indices == [(1, 3), (0,), ()]
    assert "4 values of 0 or 1" in found.notes[-1]


def test_without_names_labels_are_called_by_their_place():
    found = read_label_cells([[0, 1], [1, 0], [0, 0]], at)
    assert found.taxonomy.labels == ("0", "1")
    assert found.indices == [(1,), (0,), ()]
    assert "label_names" in found.notes[0]


def test_lists_of_indices_stay_indices():
    assert read_label_cells([[0, 1], [1], []], at).indices == [(0, 1), (1,), ()]
    assert read_label_cells([[0], [1]], at).indices == [(0,), (1,)]
    assert read_label_cells([[0, 1], [1, 0]], at, names=NAMES).indices == [(0, 1), (1, 0)]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([[0, 1, 0], [1, 0, 0, 0]], "line 2: 3 values of 0 and 1, and other rows have 4"),
        ([[0, 1, 0, 1], [1]], "line 3: 1 values of 0 and 1, and other rows have 4"),
        ([[0, 1, 0, 1], [1, None, 0, 0]], "line 3: a value is missing"),
        ([[0, 1, 0], [1, 0, 0]], "line 2: 3 values of 0 and 1, and there are 4 labels"),
    ],
)
def test_lists_that_do_not_fit_are_refused_with_the_row(cells, message):
    with pytest.raises(UnreadableFile, match=message):
        read_label_cells(cells, at, names=NAMES)

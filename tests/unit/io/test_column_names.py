from __future__ import annotations

import time

import pytest

from emoscope.io.column_names import distinct_names, repeated_names


def test_columns_of_the_same_name_are_told_apart():
    names, notes = distinct_names(["id", "x", "id", "id", "id_2", "", ""], "f.csv")
    assert names == ("id", "x", "id_3", "id_4", "id_2", "", "_2")
    assert len(notes) == 1
    assert "'id_3', 'id_4', '_2' (without a name)" in notes[0]
    assert distinct_names(["a", "b"], "f.csv") == (("a", "b"), ())


@pytest.mark.parametrize(
    "header", [[""] * 80_000, ["x"] * 80_000, [f"c{i}" for i in range(80_000)], ["", "_2"] * 40_000]
)
def test_the_time_is_linear_in_the_length_of_the_header(header):
    start = time.perf_counter()
    names, _ = distinct_names(header, "f.csv")
    assert time.perf_counter() - start < 2
    assert len(set(names)) == 80_000


def test_repeated_names():
    assert repeated_names(["a", "b", "a", "", ""]) == {"a", ""}

from __future__ import annotations

from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.column_types import column_kinds
from emoscope.io.text_records import JsonRecords


def chunk(*rows: dict) -> Chunk:
    records = JsonRecords(["" for _ in rows], list(rows))
    return Chunk(records, {}, range(1, len(rows) + 1), "line", "x", Cursor(), 1.0)


def test_kinds_of_all_values_of_all_chunks():
    kinds = column_kinds(
        [
            chunk({"text": "a", "n": 1, "x": 1, "flag": True, "gone": None}, {"n": 2.5}),
            chunk({"text": "b", "x": "1", "tags": ["a"], "huge": 2**63, "late": 1}),
        ]
    )
    assert kinds == {
        "text": "text",
        "n": "float",
        "x": "json",
        "flag": "bool",
        "gone": "text",
        "tags": "json",
        "huge": "json",
        "late": "int",
    }
    assert list(kinds)[-1] == "late"


def test_truth_values_are_no_numbers():
    assert column_kinds([chunk({"x": True}, {"x": 1})]) == {"x": "json"}


def test_the_largest_integers():
    assert column_kinds([chunk({"x": -(2**63)}, {"x": 2**63 - 1})]) == {"x": "int"}

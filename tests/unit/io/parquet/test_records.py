from __future__ import annotations

import json
from datetime import datetime

import pytest

pa = pytest.importorskip("pyarrow")

from emoscope.errors import UnreadableFile  # noqa: E402
from emoscope.io.parquet.records import ArrowRecords, replace_undecodable_strings  # noqa: E402


def broken_strings(*raw: bytes | None, kind=None):
    kind = kind or pa.string()
    binary = pa.large_binary() if kind == pa.large_string() else pa.binary()
    return pa.array(raw, binary).view(kind)


def test_values_of_all_kinds():
    table = pa.table(
        {
            "text": ["a", None],
            "n": [1, 2],
            "when": pa.array([datetime(2024, 1, 2), None], pa.timestamp("ns")),
            "tags": [["x"], []],
            "raw": pa.array([b"x", None], pa.binary()),
        }
    )
    records = ArrowRecords(table)
    assert records.names() == ["text", "n", "when", "tags", "raw"]
    assert records.column("text") == ["a", None]
    with pytest.raises(KeyError):
        records.column("gone")
    assert records.cells(()) == [
        ["a", "1", "2024-01-02T00:00:00", '["x"]', "eA=="],
        ["", "2", "", "[]", ""],
    ]
    assert [json.loads("{" + row + "}") for row in records.fields()] == [
        {"text": "a", "n": 1, "when": "2024-01-02T00:00:00", "tags": ["x"], "raw": "eA=="},
        {"text": None, "n": 2, "when": None, "tags": [], "raw": None},
    ]


def test_nanoseconds_that_python_has_not():
    column = pa.array([1_700_000_000_123_456_789], pa.timestamp("ns", "UTC"))
    records = ArrowRecords(pa.table({"t": column, "d": pa.array([1_001], pa.duration("ns"))}))
    assert records.cells(()) == [["2023-11-14T22:13:20.123456789+00:00", "0:00:00.000001001"]]


def test_every_digit_of_a_nanosecond_is_kept():
    ns = [-1, 1_000_000_000, None, 1_500]
    table = pa.table(
        {
            "zone": pa.array(ns, pa.timestamp("ns", "Asia/Kolkata")),
            "local": pa.array(ns, pa.timestamp("ns")),
            "time": pa.array([1, 1_000_000_000, None, 86_399_999_999_999], pa.time64("ns")),
            "duration": pa.array(ns, pa.duration("ns")),
        }
    )
    cells = ArrowRecords(table).cells(())
    assert [row[0] for row in cells] == [
        "1970-01-01T05:29:59.999999999+05:30",
        "1970-01-01T05:30:01+05:30",
        "",
        "1970-01-01T05:30:00.000001500+05:30",
    ]
    assert [row[1] for row in cells][::3] == [
        "1969-12-31T23:59:59.999999999",
        "1970-01-01T00:00:00.000001500",
    ]
    assert [row[2] for row in cells] == ["00:00:00.000000001", "00:00:01", "", "23:59:59.999999999"]
    assert [row[3] for row in cells][::3] == ["-1 day, 23:59:59.999999999", "0:00:00.000001500"]


def test_nanoseconds_inside_lists_and_structs_are_kept():
    kind = pa.struct([("t", pa.timestamp("ns")), ("ts", pa.list_(pa.timestamp("ns")))])
    table = pa.table({"s": pa.array([{"t": 1, "ts": [1_001, None]}], kind)})
    (row,) = ArrowRecords(table).fields()
    t = "1970-01-01T00:00:00.00000"
    assert json.loads("{" + row + "}") == {"s": {"t": t + "0001", "ts": [t + "1001", None]}}


def test_nan_is_told_apart_from_null_in_json():
    table = pa.table({"x": pa.array([float("nan"), None, 1.0])})
    assert ArrowRecords(table).fields() == ['"x": "NaN"', '"x": null', '"x": 1.0']
    assert ArrowRecords(table).cells(()) == [["nan"], [""], ["1.0"]]


@pytest.mark.parametrize("kind", ["string", "large_string"])
def test_strings_that_are_not_utf8_are_mended_and_told(kind):
    kind = getattr(pa, kind)()
    table = pa.table(
        {"id": ["1", "2", "3"], "text": broken_strings(b"ok", b"caf\xe9", None, kind=kind)}
    )
    replaced, errors = replace_undecodable_strings(table, "f")
    assert errors == {1: "not UTF-8 (byte 0xe9) in column 'text'"}
    assert replaced.column("text").to_pylist() == ["ok", "caf\ufffd", None]
    assert replaced.schema == table.schema
    clean = table.select(["id"])
    assert replace_undecodable_strings(clean, "f") == (clean, {})


def test_broken_strings_inside_lists_stop_with_a_message():
    inner = broken_strings(b"\xff")
    table = pa.table({"tags": pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), inner)})
    with pytest.raises(UnreadableFile, match="f: column 'tags' holds strings that are not UTF-8"):
        replace_undecodable_strings(table, "f")


def test_times_that_python_has_no_type_for_are_written_out():
    far = 1 << 62
    columns = {
        "date": pa.array([0, 100_000_000], pa.int32()).view(pa.date32()),
        "s": pa.array([0, far], pa.timestamp("s")),
        "us": pa.array([0, far], pa.timestamp("us", "UTC")),
        "zone": pa.array([0, 1], pa.timestamp("us", "Nowhere/Land")),
        "for": pa.array([1, far], pa.duration("s")),
        "in": pa.array([[0], [far]], pa.list_(pa.timestamp("s"))),
    }
    records = ArrowRecords(pa.table(columns))
    first, second = records.cells(())
    assert first[0] == "1970-01-01"
    assert first[1] == "1970-01-01T00:00:00"
    assert first[4] == "0:00:01"
    assert all(second)
    assert second[4] == str(far)
    for row in records.fields():
        json.loads("{" + row + "}")
    assert len(records.column("zone")) == 2

from __future__ import annotations

import json

import pytest

from emoscope.errors import DataError
from emoscope.io import json_lines_reader as json_lines
from emoscope.io.chunks import Cursor
from emoscope.io.json_lines_reader import JsonLinesReader
from emoscope.io.line_sources import FileSource


def read(path, rows=100, reserved=frozenset()):
    reader = JsonLinesReader(FileSource(path))
    reader.reserved = reserved
    return list(reader.chunks(Cursor(), rows))


def test_rows_are_passed_on_as_they_were_written(write):
    raw = '{"text": "caf\\u00e9", "n": 1.50, "big": 123456789012345678901234567890, "e": {"x":[1]}}'
    (chunk,) = read(write("a.jsonl", raw + "\n"))
    assert chunk.records.fields() == [raw[1:-1]]
    assert chunk.records.column("text") == ["café"]
    assert chunk.records.cells(["n", "e", "gone"]) == [["1.5", '{"x": [1]}', ""]]
    assert chunk.records.names() == ["text", "n", "big", "e"]


def test_blank_lines_are_no_rows_but_count_as_lines(write):
    (chunk,) = read(write("a.jsonl", '\n{"text": "a"}\r\n  \n{"text": "b"}'))
    assert chunk.records.column("text") == ["a", "b"]
    assert list(chunk.places) == [2, 4]


def test_lines_that_are_no_object(write):
    deep = "[" * 100_000
    data = f'{{"text": "a"\n["text"]\n"text"\n7\nnull\n{deep}\n{{"text": "ok"}}\n'
    (chunk,) = read(write("a.jsonl", data))
    assert len(chunk) == 7
    assert sorted(chunk.errors) == [0, 1, 2, 3, 4, 5]
    assert chunk.errors[0].startswith("not JSON (")
    assert chunk.errors[0].endswith('): {"text": "a"')
    assert chunk.errors[1] == 'an array and not a JSON object: ["text"]'
    assert chunk.errors[3] == "a number and not a JSON object: 7"
    assert len(chunk.errors[5]) < 250
    assert chunk.records.fields()[:6] == [""] * 6


def test_broken_bytes_keep_the_other_fields(write):
    (chunk,) = read(write("a.jsonl", b'{"id": 1, "text": "caf\xe9"}\n{"id": 2, "text": "ok"}\n'))
    assert chunk.errors == {0: "not UTF-8 (byte 0xe9)"}
    assert chunk.records.column("id") == [1, 2]
    assert json.loads("{" + chunk.records.fields()[0] + "}")["text"] == "caf\ufffd"


def test_a_field_that_is_going_to_be_added_is_refused_with_its_line(write):
    path = write("a.jsonl", '{"text": "a"}\n{"text": "b", "labels": [1], "id": 3}\n')
    with pytest.raises(DataError, match=r"line 2 has a field 'labels'.*--prefix"):
        read(path, reserved=frozenset({"labels", "error"}))


def test_numbers_that_no_float_holds_stay_as_they_were(write):
    numbers = ["1e400", "-1e400", "1e-400", "0.12345678901234567890", "1.50", "2e3"]
    lines = [f'{{"n": {number}, "in": [{number}]}}' for number in numbers]
    (chunk,) = read(write("a.jsonl", "\n".join(lines)))
    assert [cell for cell, _ in chunk.records.cells(["n", "in"])] == [*numbers[:4], "1.5", "2000.0"]
    assert chunk.records.cells(["in"])[0] == ["[1e400]"]
    assert chunk.records.fields()[0] == '"n": 1e400, "in": [1e400]'


def test_a_key_with_a_lone_surrogate_is_a_column_that_utf8_can_hold(write):
    (chunk,) = read(write("a.jsonl", '{"text": "a", "k\\ud800": 1, "K\\uD83D": 2}\n'))
    assert chunk.records.names() == ["text", "k\ufffd", "K\ufffd"]
    assert chunk.records.cells(chunk.records.names()) == [["a", "1", "2"]]


def test_reading_on_from_any_cursor_gives_the_same(write):
    path = write("a.jsonl.gz", "".join(f'{{"text": "é{i}"}}\n\n' for i in range(7)))
    reader = JsonLinesReader(FileSource(path))
    whole = list(reader.chunks(Cursor(), 3))
    assert [len(chunk) for chunk in whole] == [3, 3, 1]
    for i, chunk in enumerate(whole):
        rest = list(reader.chunks(chunk.after, 3))
        assert [c.records.fields() for c in rest] == [c.records.fields() for c in whole[i + 1 :]]
        assert [c.after for c in rest] == [c.after for c in whole[i + 1 :]]


def test_an_empty_object_and_an_empty_file(write):
    (chunk,) = read(write("a.jsonl", "{}\n{ }\n"))
    assert chunk.records.fields() == ["", ""]
    assert read(write("b.jsonl", "")) == []


def test_chunks_end_early_where_rows_are_long(write, monkeypatch):
    monkeypatch.setattr(json_lines, "CHUNK_BYTES", 50)
    chunks = read(write("a.jsonl", '{"text": "0123456789012345"}\n' * 5))
    assert [len(chunk) for chunk in chunks] == [2, 2, 1]

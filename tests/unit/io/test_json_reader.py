from __future__ import annotations

import json
import tracemalloc

import pytest

from emoscope.errors import DataError
from emoscope.io import json_reader, line_reader
from emoscope.io.json_reader import JsonDocumentReader, JsonReader, is_json_document
from emoscope.io.line_sources import LineSource


def read(path, rows=100, reserved=frozenset()):
    reader = JsonReader(LineSource(path))
    reader.reserved = reserved
    return list(reader.chunks(rows))


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


def test_an_empty_object_and_an_empty_file(write):
    (chunk,) = read(write("a.jsonl", "{}\n{ }\n"))
    assert chunk.records.fields() == ["", ""]
    assert read(write("b.jsonl", "")) == []


def test_chunks_end_early_where_rows_are_long(write, monkeypatch):
    monkeypatch.setattr(line_reader, "CHUNK_BYTES", 50)
    chunks = read(write("a.jsonl", '{"text": "0123456789012345"}\n' * 5))
    assert [len(chunk) for chunk in chunks] == [2, 2, 1]


def test_a_field_that_occurs_twice_is_an_error_of_its_row(write):
    (chunk,) = read(write("a.jsonl", '{"text": "a", "text": "b"}\n{"x": {"n": 1, "n": 2}}\n{}\n'))
    assert "the field 'text' occurs more than once" in chunk.errors[0]
    assert "the field 'n' occurs more than once" in chunk.errors[1]
    assert len(chunk.errors) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"a": 1}]', True),
        ('[\n{"a": 1}\n]', True),
        ("[]\n", True),
        ('{\n"a": 1\n}\n', True),
        ('{"a": 1,\n"b": 2}\n', True),
        ('{"a": 1}\n{"a": 2}\n', False),
        ('{"a": 1', False),
        ('{"a": 1\n["b"]\n', False),
        ('["a"]\n"b"\n', False),
        ("", False),
    ],
)
def test_documents_are_told_from_json_lines(text, expected):
    assert is_json_document(text.splitlines(keepends=True)) is expected


def read_document(path, rows=100):
    return list(JsonDocumentReader(LineSource(path)).chunks(rows))


def test_records_keep_their_digits_and_have_a_line_each(write):
    path = write("a.json", '[\n{"n": 1.50,\n "t": "x  y"},\n7,\n"s, [1]",\n{"n": 1e400}]\n')
    (chunk,) = read_document(path)
    assert chunk.records.fields() == ['"n": 1.50, "t": "x  y"', "", "", '"n": 1e400']
    assert sorted(chunk.errors) == [1, 2]
    assert chunk.errors[2] == 'a string and not a JSON object: "s, [1]"'
    assert chunk.place(3) == f"{path}, record 4"


def test_a_document_that_ends_too_early_is_an_error_of_its_last_record(write):
    (chunk,) = read_document(write("a.json", '[{"a": 1}, {"a": 2, "b": "x'))
    assert list(chunk.errors) == [1]
    assert chunk.records.column("a") == [1, None]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_blocks_may_end_anywhere(write, monkeypatch, size):
    monkeypatch.setattr("emoscope.io.lines.BUFFER", size)
    rows = [{"t": 'é "q" \\ [', "n": [1, {"x": []}]}, {}, {"t": "😀"}]
    chunks = read_document(write("a.json", json.dumps(rows, ensure_ascii=False)), 2)
    assert [row for chunk in chunks for row in chunk.records.column("t")] == [
        rows[0]["t"], None, "😀",
    ]  # fmt: skip


def test_an_array_on_one_line_is_read_in_bounded_memory(write, monkeypatch):
    monkeypatch.setattr("emoscope.io.lines.BUFFER", 1 << 16)
    path = write("a.json", json.dumps([{"t": f"text {i} " + "x" * 100} for i in range(50_000)]))
    tracemalloc.start()
    rows = sum(len(c) for c in JsonDocumentReader(LineSource(path)).chunks(1000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 50_000
    assert peak < 3.5e6  # the file has 6.2 MB


def test_a_record_beyond_the_limit_is_told(write, monkeypatch):
    monkeypatch.setattr(json_reader, "LONGEST_LINE", 1000)
    monkeypatch.setattr("emoscope.io.lines.BUFFER", 100)
    (chunk,) = read_document(write("a.json", '[{"a": 1}, {"a": "' + "x" * 5000 + '"}]'))
    assert "left out" in chunk.errors[1]
    assert chunk.records.column("a") == [1, None]

from __future__ import annotations

import json
import tracemalloc

import pytest

from emoscope.io import json_document_reader as document
from emoscope.io.chunks import Cursor
from emoscope.io.json_document_reader import JsonDocumentReader, is_json_document
from emoscope.io.line_sources import FileSource


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


def read(path, rows=100):
    return list(JsonDocumentReader(FileSource(path)).chunks(Cursor(), rows))


def test_records_keep_their_digits_and_have_a_line_each(write):
    path = write("a.json", '[\n{"n": 1.50,\n "t": "x  y"},\n7,\n"s, [1]",\n{"n": 1e400}]\n')
    (chunk,) = read(path)
    assert chunk.records.fields() == ['"n": 1.50, "t": "x  y"', "", "", '"n": 1e400']
    assert sorted(chunk.errors) == [1, 2]
    assert chunk.errors[2] == 'a string and not a JSON object: "s, [1]"'
    assert chunk.place(3) == f"{path}, record 4"


def test_a_document_that_ends_too_early_is_an_error_of_its_last_record(write):
    (chunk,) = read(write("a.json", '[{"a": 1}, {"a": 2, "b": "x'))
    assert list(chunk.errors) == [1]
    assert chunk.records.column("a") == [1, None]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_blocks_may_end_anywhere(write, monkeypatch, size):
    monkeypatch.setattr("emoscope.io.lines.BUFFER", size)
    rows = [{"t": 'é "q" \\ [', "n": [1, {"x": []}]}, {}, {"t": "😀"}]
    chunks = read(write("a.json", json.dumps(rows, ensure_ascii=False)), 2)
    assert [row for chunk in chunks for row in chunk.records.column("t")] == [
        rows[0]["t"], None, "😀",
    ]  # fmt: skip


@pytest.mark.slow
def test_an_array_on_one_line_is_read_in_bounded_memory(write, monkeypatch):
    monkeypatch.setattr("emoscope.io.lines.BUFFER", 1 << 16)
    path = write("a.json", json.dumps([{"t": f"text {i} " + "x" * 100} for i in range(25_000)]))
    tracemalloc.start()
    rows = sum(len(c) for c in JsonDocumentReader(FileSource(path)).chunks(Cursor(), 200))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 25_000
    assert peak < 2.5e6  # the file has 3.1 MB


def test_a_record_beyond_the_limit_is_told(write, monkeypatch):
    monkeypatch.setattr(document, "LONGEST_LINE", 1000)
    monkeypatch.setattr("emoscope.io.lines.BUFFER", 100)
    (chunk,) = read(write("a.json", '[{"a": 1}, {"a": "' + "x" * 5000 + '"}]'))
    assert "left out" in chunk.errors[1]
    assert chunk.records.column("a") == [1, None]

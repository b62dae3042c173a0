from __future__ import annotations

import pytest

from emoscope.data.json_lines import json_rows
from emoscope.errors import UnreadableFile
from emoscope.io.text_file import read_text_file


def read(write, content: str):
    columns, rows = json_rows(read_text_file(write("a.jsonl", content)))
    return columns, list(rows)


def test_columns_are_the_keys_of_the_first_objects(write):
    columns, rows = read(write, '{"a": 1}\r\n{"b": 2, "a": 3}\n')
    assert columns == ["a", "b"]
    assert rows == [(1, {"a": 1}), (2, {"b": 2, "a": 3})]


def test_a_unicode_line_separator_does_not_end_a_line(write):
    _, rows = read(write, '{"a": "x\u2028y"}\n')
    assert rows == [(1, {"a": "x\u2028y"})]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('["text"]', "an array"),
        ('"text"', "a string"),
        ("12", "a number"),
        ("null", "null"),
        ("true", "a truth value"),
    ],
)
def test_a_line_that_is_no_object_is_named(write, line, what):
    with pytest.raises(UnreadableFile, match=rf"a\.jsonl, line 2: {what}, and JSON lines"):
        read(write, f'{{"a": 1}}\n{line}\n')


@pytest.mark.parametrize("line", ['{"a": 1', "{'a': 1}", "a,b", "[" * 100_000])
def test_a_line_that_is_no_json_is_named(write, line):
    with pytest.raises(UnreadableFile, match=r"a\.jsonl, line 2: not JSON"):
        read(write, f'{{"a": 1}}\n{line}\n')


@pytest.mark.parametrize("content", ['[\n{"a": 1}\n]\n', '{\n"a": 1\n}\n'])
def test_an_ordinary_json_file_is_told_apart(write, content):
    with pytest.raises(UnreadableFile, match="is not JSON lines: write one object a line"):
        read(write, content)

from __future__ import annotations

import pytest

from emoscope.errors import ColumnMissing, DataError
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.text_column import find_text_column, read_texts
from emoscope.io.text_records import JsonRecords, TextRecords


def find(columns, rows=(), asked=None):
    records = TextRecords(tuple(columns), [list(row) for row in rows])
    return find_text_column(columns, records, asked, "f.csv")


def test_the_column_asked_for():
    assert find(["text", "body"], asked="body") == "body"
    with pytest.raises(ColumnMissing, match=r"no column 'bdy' \(given with --text\).*'body'"):
        find(["text", "body"], asked="bdy")


def test_the_column_called_text():
    assert find(["a", "text", "b"], [["x y", "1", "z"]]) == "text"
    assert find(["a", "Text ", "b"]) == "Text "


def test_the_only_column_with_prose():
    rows = [["1", "2024-01-02T03:04:05Z", "hello there", "3.5", ""], ["2", "", "x", "-1e5", "NA"]]
    rows[1][3:] = ["12%", "nan"]
    assert find(["id", "when", "comment", "stars", "gap"], rows) == "comment"


def test_a_single_column_needs_no_name():
    assert find(["anything"], [["12"]]) == "anything"


def test_several_or_none_name_the_columns():
    with pytest.raises(DataError, match=r"'user', 'comment' hold strings.*--text.*user, comment"):
        find(["user", "comment"], [["anna", "hello there"]])
    with pytest.raises(DataError, match=r"None is called text.*--text.*a, b"):
        find(["a", "b"], [["1", "2"]])


def test_no_header_is_offered_only_where_it_is_open():
    for is_open in (True, False):
        with pytest.raises(DataError) as raised:
            find_text_column(["a", "b"], None, None, "f.csv", header_is_open=is_open)
        assert ("--no-header" in str(raised.value)) is is_open


def chunk(records, errors=None):
    return Chunk(records, errors or {}, range(1, len(records) + 1), "line", "x", Cursor(), 1.0)


def test_texts_and_why_there_is_none():
    values = ["fine", "", None, 7, " \u200b", ["a"], "lost"]
    records = JsonRecords([""] * 8, [*({"text": v} for v in values), {}])
    texts, errors = read_texts(chunk(records, {6: "broken"}), "text")
    assert texts == ["fine", *[None] * 7]
    assert errors == {
        1: "no text in column 'text'",
        2: "no text in column 'text'",
        3: "column 'text' holds int, not text",
        4: "no text in column 'text'",
        5: "column 'text' holds list, not text",
        6: "broken",
        7: "no text in column 'text'",
    }


def test_texts_are_passed_on_as_they_are():
    texts = ["  spaced ", "😀", "مرحبا", "-", "\ud83d lone"]
    records = JsonRecords([""] * 5, [{"t": text} for text in texts])
    assert read_texts(chunk(records), "t") == (texts, {})

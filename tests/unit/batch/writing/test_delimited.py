from __future__ import annotations

import csv
import io
import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emoscope.batch.writing.delimited import DelimitedEncoder
from emoscope.inference.added_columns import AddedColumns
from emoscope.inference.answers import Answers, LabelAnswers, LabelSet
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.text_records import TextRecords

OWN = LabelSet(None, ("joy", "fear"))
MOOD = LabelSet("mood", ("good", "bad", "so so"))


def parse(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))


def test_all_columns_of_read_and_unread_rows(make_chunk, make_answers):
    encoder = DelimitedEncoder(["id", "text"], AddedColumns((OWN, MOOD), "object"), ",")
    chunk = make_chunk(TextRecords(("id", "text"), [["1", "a,b"], ["2", ""]]))
    notes = [("low_coverage", "long_text"), ()]
    answers = make_answers([[0.5, 0.75], None], [[0.25, 0.5, 0.125], None], notes=notes)
    data = encoder.header() + encoder.encode(chunk, {1: 'no text in "it"'}, answers)
    header, first, second = parse(data)
    assert header == [
        "id", "text", "labels", "top_label", "mood_labels", "mood_top_label", "notes", "error",
        "probabilities", "mood_probabilities",
    ]  # fmt: skip
    assert first[:7] == ["1", "a,b", "fear|joy", "fear", "bad", "bad", "low_coverage|long_text"]
    assert first[7] == ""
    assert json.loads(first[8]) == {"joy": 0.5, "fear": 0.75}
    assert json.loads(first[9]) == {"good": 0.25, "bad": 0.5, "so so": 0.125}
    assert second == ["2", "", "", "", "", "", "", 'no text in "it"', "", ""]
    assert data.endswith(b"\n")
    assert b"\r" not in data


def test_one_column_a_label(make_chunk, make_answers):
    encoder = DelimitedEncoder(["text"], AddedColumns((OWN,), "wide"), "\t")
    chunk = make_chunk(TextRecords(("text",), [["a\tb"], [""]]))
    data = encoder.encode(chunk, {1: "why"}, make_answers([[0.0, 1.0], None]))
    assert parse(data, "\t") == [
        ["a\tb", "fear", "fear", "", "", "0.000000", "1.000000"],
        ["", "", "", "", "why", "", ""],
    ]
    assert parse(encoder.header(), "\t")[0][-2:] == ["probability_joy", "probability_fear"]


def test_without_probabilities(make_chunk, make_answers):
    encoder = DelimitedEncoder(["text"], AddedColumns((OWN,), "none"), ",")
    chunk = make_chunk(TextRecords(("text",), [["a"]]))
    assert encoder.encode(chunk, {}, make_answers([[0.0, 0.4]])) == b"a,,fear,,\n"


def test_labels_that_hold_a_delimiter_or_the_separator(make_chunk, make_answers):
    chunk = make_chunk(TextRecords(("text",), [["a"]]))
    answers = make_answers([[0.5, 0.75]])
    comma = AddedColumns((LabelSet(None, ("joy, fun", 'so "so"')),), "object")
    row = parse(DelimitedEncoder(["text"], comma, ",").encode(chunk, {}, answers))[0]
    assert row[1:3] == ['so "so"|joy, fun', 'so "so"']
    assert json.loads(row[5]) == {"joy, fun": 0.5, 'so "so"': 0.75}
    bar = AddedColumns((LabelSet(None, ("joy|fun", "fear")),), "none")
    row = parse(DelimitedEncoder(["text"], bar, ",").encode(chunk, {}, answers))[0]
    assert json.loads(row[1]) == ["fear", "joy|fun"]


CELLS = st.text(alphabet='ab",;\t\r\n é|\u2028', max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_any_cell_comes_back_through_the_csv_module(rows, delimiter):
    records = TextRecords(("id", "text"), [list(row) for row in rows])
    chunk = Chunk(records, {}, range(len(rows)), "line", "f", Cursor(), 1.0)
    encoder = DelimitedEncoder(["id", "text"], AddedColumns((OWN,), "none"), delimiter)
    matrix = np.array([[0.0, 0.6]] * len(rows), dtype=np.float32)
    sets = (LabelAnswers(matrix, matrix >= 0.5),)
    answers = Answers(matrix, ((),) * len(rows), sets)
    data = encoder.encode(chunk, {}, answers)
    assert parse(data, delimiter) == [[*row, "fear", "fear", "", ""] for row in rows]


def test_lone_surrogates_become_something_utf8_can_hold(make_chunk, make_answers):
    encoder = DelimitedEncoder(["text"], AddedColumns((OWN,), "none"), ",")
    chunk = make_chunk(TextRecords(("text",), [["\ud83d!"]]))
    assert encoder.encode(chunk, {}, make_answers([[0.0, 0.4]])).decode() == "\ufffd!,,fear,,\n"

from __future__ import annotations

import json

from emoscope.batch.writing.json_lines import JsonLinesEncoder
from emoscope.inference.added_columns import AddedColumns
from emoscope.inference.answers import LabelSet
from emoscope.io.text_records import JsonRecords, TextRecords

OWN = LabelSet(None, ("joy", 'so "so"'))
MOOD = LabelSet("mood", ("good",))


def parse(data: bytes) -> list[dict]:
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


def test_all_fields_of_read_and_unread_rows(make_chunk, make_answers):
    encoder = JsonLinesEncoder(AddedColumns((OWN, MOOD), "object", "e_"))
    chunk = make_chunk(JsonRecords(['"id": 1.50, "text": "é"', ""], [{}, {}]))
    answers = make_answers([[0.5, 0.75], None], [[0.25], None], notes=[("low_coverage",), ()])
    data = encoder.encode(chunk, {1: 'not "JSON"'}, answers)
    assert encoder.header() == b""
    assert data.startswith('{"id": 1.50, "text": "é", "e_labels": ['.encode())
    first, second = parse(data)
    assert first == {
        "id": 1.5,
        "text": "é",
        "e_labels": ['so "so"', "joy"],
        "e_top_label": 'so "so"',
        "e_mood_labels": [],
        "e_mood_top_label": "good",
        "e_notes": ["low_coverage"],
        "e_error": None,
        "e_probabilities": {"joy": 0.5, 'so "so"': 0.75},
        "e_mood_probabilities": {"good": 0.25},
    }
    assert second == {
        "e_labels": [],
        "e_top_label": None,
        "e_mood_labels": [],
        "e_mood_top_label": None,
        "e_notes": [],
        "e_error": 'not "JSON"',
        "e_probabilities": None,
        "e_mood_probabilities": None,
    }
    assert list(first)[2:] == list(second)


def test_one_field_a_label_and_none(make_chunk, make_answers):
    chunk = make_chunk(TextRecords(("text",), [['a"b\n'], ["c"]]))
    answers = make_answers([[0.0, 1.0], None])
    wide = parse(JsonLinesEncoder(AddedColumns((OWN,), "wide")).encode(chunk, {1: "x"}, answers))
    assert wide[0]["probability_joy"] == 0.0
    assert wide[0]['probability_so "so"'] == 1.0
    assert wide[0]["text"] == 'a"b\n'
    assert wide[1]["probability_joy"] is None
    none = parse(JsonLinesEncoder(AddedColumns((OWN,), "none")).encode(chunk, {1: "x"}, answers))
    assert list(none[0]) == ["text", "labels", "top_label", "notes", "error"]

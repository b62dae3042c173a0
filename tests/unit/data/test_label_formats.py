"""One table of label cells through CSV, JSON lines and Parquet: the same labels from each."""

from __future__ import annotations

import csv
import io
import json

import pytest

from emoscope.data.settings import DataSettings
from emoscope.data.tabular import read_tabular
from emoscope.errors import DataError

COLUMNS = {
    "names": ["joy", "fear", "", "anger"],
    "joined": ["joy|fear", "fear", "", "joy"],
    "lines": ["joy\nfear", "fear", "", "joy"],
    "hash": ["joy#fear", "fear", "joy", "fear#joy"],
    "python list": ["['joy', nan]", "['fear', None]", "[]", "['joy', 'fear']"],
    "json list": ['["joy", null]', '["fear"]', "[]", '["joy", "fear"]'],
    "tuple": ["('joy',)", "('joy', 'fear')", "()", "('fear',)"],
    "set": ["{'joy'}", "{'joy', 'fear'}", "set()", "{'fear'}"],
    "numpy": ["['joy' 'fear']", "['fear']", "[]", "['joy']"],
    "choices": ['{"choices": ["joy", "fear"]}', "fear", "", "joy"],
    "scored": ['[{"label": "joy", "score": 0.9}]', '[{"label": "fear", "score": 0.4}]', "[]", "[]"],
    "digits": ["0100", "1010", "", "0001"],
    "and": ["joy & fear", "fear and joy", "joy", "fear"],
    "places": ["[0, 1, 0]", "[1, 0, 1]", "[0, 0, 0]", "[0, 1, 1]"],
    "indices": ["[0, 3]", "[1]", "[]", "[2]"],
    "unseen": ["joy", "jo\u200by", "\u00a0joy", "fear"],
    "case": ["joy", "Joy", "fear", "fear"],
    "scores": ["[0.9, 0.1]", "[0.2, 0.8]", "[0.5, 0.5]", "[0.1, 0.9]"],
    "nested": ['[["joy"]]', "[]", "[]", "[]"],
}
NATIVE = {
    "lists": [["joy", None], ["fear"], [], ["joy", "fear"]],
    "nulls": ["joy", None, "fear", None],
    "indices": [[0, 3], [1], [], [2]],
    "numbers": [0, 3, 1, 1],
    "gaps": [0.0, None, 3.0, 1.0],
    "truth": [True, False, True, False],
    "places": [[0, 1, 0], [1, 0, 1], [0, 0, 0], [0, 1, 1]],
    "choices": [{"choices": ["joy", "fear"]}, {"choices": ["fear"]}, None, {"choices": ["joy"]}],
    "scored": [
        [{"label": "joy", "score": 0.9}], [{"label": "fear", "score": 0.4}], [],
        [{"label": "joy", "score": 0.9}, {"label": "fear", "score": 0.8}],
    ],
    "weights": [{"joy": 1, "fear": 0}, {"joy": 1, "fear": 1}, {"joy": 0, "fear": 0}, None],
}  # fmt: skip


def _csv(cells):
    out = io.StringIO()
    csv.writer(out).writerows(
        [("text", "labels"), *((f"text {i}", c) for i, c in enumerate(cells))]
    )
    return out.getvalue()


def _json_lines(cells):
    return "".join(
        json.dumps({"text": f"text {i}", "labels": cell}) + "\n" for i, cell in enumerate(cells)
    )


def _labels(path):
    """Label names of every row, or the reason of the refusal without the place."""
    try:
        examples = read_tabular({"train": path}, DataSettings(name="file", task="multi_label"))
    except DataError as error:
        return str(error).rpartition("column 'labels': ")[2].partition(", such as")[0]
    names = examples.taxonomy.labels
    return [[names[i] for i in row.nonzero()[0]] for row in examples.labels]


def _parquet(tmp_path, cells):
    pyarrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"text": [f"text {i}" for i in range(len(cells))], "labels": cells})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    return tmp_path / "a.parquet"


@pytest.mark.parametrize("cells", COLUMNS.values(), ids=COLUMNS)
def test_strings_mean_the_same_in_csv_and_json_lines(cells, write):
    assert _labels(write("a.csv", _csv(cells))) == _labels(write("a.jsonl", _json_lines(cells)))


@pytest.mark.parametrize("cells", COLUMNS.values(), ids=COLUMNS)
def test_strings_mean_the_same_in_parquet(cells, write, tmp_path):
    assert _labels(write("a.jsonl", _json_lines(cells))) == _labels(_parquet(tmp_path, cells))


@pytest.mark.parametrize("cells", NATIVE.values(), ids=NATIVE)
def test_values_mean_the_same_in_json_lines_and_parquet_and_written_out_in_csv(
    cells, write, tmp_path
):
    of_json = _labels(write("a.jsonl", _json_lines(cells)))
    assert isinstance(of_json, list)
    written = ["" if cell is None else str(cell) for cell in cells]
    assert of_json == _labels(write("a.csv", _csv(written)))
    assert of_json == _labels(_parquet(tmp_path, cells))


def test_what_the_table_means(write):
    found = {name: _labels(write("a.csv", _csv(cells))) for name, cells in COLUMNS.items()}
    assert found["tuple"] == [["joy"], ["fear", "joy"], [], ["fear"]]
    assert found["set"] == found["tuple"]
    assert found["python list"] == found["json list"] == [["joy"], ["fear"], [], ["fear", "joy"]]
    assert found["lines"] == found["joined"] == [["fear", "joy"], ["fear"], [], ["joy"]]
    assert found["hash"] == [["fear", "joy"], ["fear"], ["joy"], ["fear", "joy"]]
    assert found["places"] == [["1"], ["0", "2"], [], ["1", "2"]]
    assert found["unseen"] == [["joy"], ["joy"], ["joy"], ["fear"]]
    assert "0.9 is a score" in found["scores"]
    assert "case" in found["case"]
    assert "a list in a list" in found["nested"]

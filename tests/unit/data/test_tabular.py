from __future__ import annotations

import json
from pathlib import Path

import pytest

from emoscope.data.settings import DataSettings
from emoscope.data.tabular import read_tabular
from emoscope.errors import ColumnMissing, DataError, UnknownLabel, UnreadableFile
from emoscope.taxonomy import GOEMOTIONS


def read(paths, **values):
    paths = paths if isinstance(paths, dict) else {"train": paths}
    return read_tabular(paths, DataSettings(name="file", **values))


def labels_of(examples):
    names = examples.taxonomy.labels
    return [[names[i] for i in row.nonzero()[0]] for row in examples.labels]


def test_usual_columns_need_no_naming(write):
    examples = read(write("tickets.csv", "id,text,labels\n7,thanks,joy\n8,argh,anger|fear\n"))
    assert examples.texts == ("thanks", "argh")
    assert labels_of(examples) == [["joy"], ["anger", "fear"]]
    assert examples.ids == ("2", "3")  # lines, since no column was named
    assert examples.splits.tolist() == ["train", "train"]
    assert examples.name == "tickets"
    assert examples.task == "multi_label"
    assert [(f.name, f.rows) for f in examples.files] == [("tickets.csv", 2)]
    assert any("split at '|'" in note for note in examples.notes)
    assert any("multi_label" in note for note in examples.notes)


def test_columns_can_be_named(write):
    path = write("a.tsv", "nr\tbody\ttags\nx1\thello\tjoy\nx2\tno\tanger\n")
    examples = read(path, text="body", labels="tags", ids="nr")
    assert examples.texts == ("hello", "no")
    assert examples.ids == ("x1", "x2")
    assert examples.task == "single_label"


@pytest.mark.parametrize(
    "content",
    [
        "text,label\nhi,admiration\nno,neutral\n",
        "text,label\nhi,0\nno,27\n",
        "text,label\nhi,[0]\nno,[27]\n",
    ],
)
def test_a_taxonomy_can_be_named(write, content):
    examples = read(write("a.csv", content), label_names=("goemotions",))
    assert examples.taxonomy is GOEMOTIONS
    assert labels_of(examples) == [["admiration"], ["neutral"]]


def test_columns_of_zero_and_one(write):
    path = write("a.csv", "text,joy,anger,n\nhi,1,0,5\nno,0,1,6\nhm,0,0,7\n")
    examples = read(path, label_columns=("joy", "anger"))
    assert labels_of(examples) == [["joy"], ["anger"], []]
    assert examples.task == "multi_label"
    assert "1 of 3 texts have no label" in examples.notes


def test_json_lines_with_lists(write):
    rows = [{"text": "hi", "labels": ["joy"]}, {"text": None, "labels": []}]
    examples = read(write("a.jsonl", "\n".join(map(json.dumps, rows))))
    assert examples.texts == ("hi", "")
    assert labels_of(examples) == [["joy"], []]


def test_parquet(tmp_path: Path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"text": ["hi", "no"], "labels": [[1], [0, 1]]}), path)
    examples = read(path, label_names=("anger", "joy"))
    assert labels_of(examples) == [["joy"], ["anger", "joy"]]
    assert examples.ids == ("1", "2")


def test_a_split_column_decides(write):
    path = write("a.csv", "text,label,part\na,joy,train\nb,joy,dev\nc,anger,Test\n")
    examples = read(path, split_column="part")
    assert examples.splits.tolist() == ["train", "validation", "test"]


def test_an_unknown_split_is_named_with_its_line(write):
    path = write("a.csv", "text,label,part\na,joy,train\nb,joy,tset\n")
    with pytest.raises(DataError, match=r"line 3, column 'part': Unknown split 'tset'.*'test'"):
        read(path, split_column="part")


def test_split_files_share_one_label_set(write):
    paths = {
        "train": write("d/train.csv", "text,label\na,joy\nb,anger\n"),
        "test": write("d/test.jsonl", '{"text": "c", "label": "fear"}\n'),
    }
    examples = read(paths)
    assert examples.taxonomy.labels == ("anger", "fear", "joy")
    assert examples.splits.tolist() == ["train", "train", "test"]
    assert examples.ids == ("train:2", "train:3", "test:1")
    assert [f.rows for f in examples.files] == [2, 1]
    assert examples.name == "d"


def test_a_fault_in_the_second_file_is_found_there(write):
    paths = {
        "train": write("train.csv", "text,label\na,joy\nb,anger\n"),
        "test": write("test.csv", "text,label\nc,joy\nd,angr\n"),
    }
    with pytest.raises(UnknownLabel, match=r"test\.csv, line 3, column 'label': unknown.*'angr'"):
        read(paths, label_names=("joy", "anger"))


def test_split_files_and_a_split_column_exclude_each_other(write):
    path = write("a.csv", "text,label,part\na,joy,train\n")
    with pytest.raises(DataError, match="Give one of them"):
        read({"train": path, "test": path}, split_column="part")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"text": "boddy"}, r"no column 'boddy' \(given with --text\). Did you mean 'body'"),
        ({"text": "body", "labels": "tag"}, r"'tag' \(given with --labels\). Did you mean 'tags'"),
        ({"text": "body"}, r"no column 'labels'. Name the column with --labels"),
        ({"labels": "tags"}, r"no column 'text'.*Name the column with --text"),
        ({"text": "body", "labels": "tags", "ids": "id"}, "'id' .*--ids"),
        ({"text": "body", "labels": "tags", "split_column": "part"}, "'part' .*--split-column"),
        ({"text": "body", "label_columns": ("joy",)}, "'joy' .*--label-columns"),
    ],
)
def test_a_wrong_column_is_named_with_its_flag_and_the_columns_there_are(write, values, message):
    path = write("a.csv", "nr,body,tags\n1,a,joy\n")
    with pytest.raises(ColumnMissing, match=message) as caught:
        read(path, **values)
    assert "nr, body, tags" in str(caught.value)


def test_a_cell_that_is_no_text_is_named(write):
    path = write("a.jsonl", '{"text": "a", "label": "x"}\n{"text": 5, "label": "y"}\n')
    with pytest.raises(UnreadableFile, match=r"a\.jsonl, line 2, column 'text': 5 is not a text"):
        read(path)


def test_an_empty_label_cell_is_an_error_or_a_note(write):
    path = write("a.csv", "text,label\na,joy\nb,\nc,anger\n")
    with pytest.raises(DataError, match=r"a\.csv, line 3, column 'label': no label"):
        read(path)
    examples = read(path, task="multi_label")
    assert labels_of(examples) == [["joy"], [], ["anger"]]
    assert "1 of 3 texts have no label" in examples.notes

from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.errors import DataNotFound, NoExamples, UnreadableFile
from emoscope.io.formats import is_table
from emoscope.io.table import read_table


def everything(name, header):
    return header


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.csv", ".csv"),
        ("a.b.TSV", ".tsv"),
        ("a.jsonl.gz", ".jsonl"),
        ("a.parquet", ".parquet"),
        ("a.txt", None),
        ("a.gz", None),
        ("a", None),
    ],
)
def test_the_format_is_in_the_name(name, suffix):
    assert is_table(Path(name)) is (suffix is not None)


def test_csv_columns_are_chosen_and_lines_kept(write):
    path = write("a.csv", '\ufeffnr,text,tag\r\n1,"a, b",x\r\n2,"c\nd",y\r\n3,e,z\r\n')
    table = read_table(path, lambda name, header: ["tag", "text"])
    assert table.columns == {"tag": ["x", "y", "z"], "text": ["a, b", "c\nd", "e"]}
    assert list(table.places) == [2, 3, 5]
    assert table.at(2) == f"{path}, line 5"
    assert table.at(0, "tag") == f"{path}, line 2, column 'tag'"
    assert (table.file_name, len(table)) == ("a.csv", 3)


def test_select_sees_the_file_and_its_columns(write):
    seen = []
    path = write("a.tsv", "text\ttag\na\tx\n")
    read_table(path, lambda name, header: seen.append((name, list(header))) or header)
    assert seen == [(str(path), ["text", "tag"])]


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_a_csv_file_of_another_spreadsheet_is_understood_and_told(write, mark, word):
    path = write("a.csv", f"text{mark}tag\nso, so{mark}x\n")
    table = read_table(path, everything)
    assert table.columns == {"text": ["so, so"], "tag": ["x"]}
    assert table.notes == (f"{path}: columns are separated by {word}",)


def test_gzip_works_for_text_tables(write):
    path = write("a.csv.gz", b"text,tag\na,x\n")
    assert read_table(path, everything).columns["text"] == ["a"]


def test_json_lines_are_read_and_a_missing_key_is_none(write):
    path = write("a.jsonl", '{"text": "a", "n": 1}\n\n{"text": "b", "tags": ["x"]}\n')
    table = read_table(path, everything)
    assert table.columns == {"text": ["a", "b"], "n": [1, None], "tags": [None, ["x"]]}
    assert list(table.places) == [1, 3]


@pytest.mark.parametrize("line", ["a", "a,x,y"])
def test_a_wrong_number_of_fields_is_named_with_its_line(write, line):
    path = write("a.csv", f"text,tag\nfine,x\n{line}\n")
    with pytest.raises(UnreadableFile, match=r"a\.csv, line 3: \d fields?.*header has 2"):
        read_table(path, everything)


def test_two_columns_of_one_name_are_refused(write):
    path = write("a.csv", "text,tag,text\na,x,b\n")
    with pytest.raises(UnreadableFile, match="more than one column 'text'"):
        read_table(path, everything)
    assert read_table(path, lambda name, header: ["tag"]).columns == {"tag": ["x"]}


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", "text,tag\n"), ("a.tsv", "text\ttag\r\n\r\n")]
)
def test_a_header_without_rows_is_named(write, name, content):
    with pytest.raises(NoExamples, match=f"{name} has no rows below its header"):
        read_table(write(name, content), everything)


def test_an_unknown_kind_of_file_is_named(write):
    with pytest.raises(UnreadableFile, match=r"a\.docx: .*does not say what it holds.*\.csv"):
        read_table(write("a.docx", "x"), everything)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataNotFound, match=r"nothing\.csv"):
        read_table(tmp_path / "nothing.csv", everything)


def test_a_folder_named_like_a_file_is_named(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(UnreadableFile, match="is a folder"):
        read_table(tmp_path / "a.csv", everything)

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from emoscope.errors import DataError, DataNotFound, UnreadableFile
from emoscope.io.chunks import Cursor
from emoscope.io.input_files import Inputs, find_inputs
from emoscope.io.read_options import ReadOptions


def texts(inputs):
    return [row for chunk in inputs.chunks() for row in chunk.records.column("text")]


def test_patterns_are_sorted_and_files_come_once(write, tmp_path):
    for name in ("b.csv", "a.csv", "c.txt"):
        write(name, "text\n")
    found = find_inputs([str(tmp_path / "*.csv"), tmp_path / "a.csv", tmp_path / "c.txt"])
    assert [path.name for path in found] == ["a.csv", "b.csv", "c.txt"]


def test_a_file_whose_name_looks_like_a_pattern(write):
    assert find_inputs([write("a[1].csv", "text\n")])[0].name == "a[1].csv"


def test_names_that_mean_nothing(tmp_path, write):
    write("comments.csv", "text\n")
    with pytest.raises(DataNotFound, match=r"Did you mean 'comments\.csv'"):
        find_inputs([tmp_path / "coments.csv"])
    with pytest.raises(DataNotFound, match="No file fits the pattern"):
        find_inputs([str(tmp_path / "*.jsonl")])
    with pytest.raises(UnreadableFile, match="is a folder"):
        find_inputs([tmp_path])
    with pytest.raises(DataError, match="no input"):
        find_inputs([])
    with pytest.raises(DataError, match="cannot be read together"):
        find_inputs(["-", tmp_path / "comments.csv"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_with_a_name_would_lose_its_rows_to_the_first_look(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(UnreadableFile, match=r"a\.csv is no file .*standard input"):
        find_inputs([tmp_path / "a.csv"])


def test_files_are_read_one_behind_the_other(write):
    paths = [write("a.csv", "text\n1\n2\n3\n"), write("b.csv.gz", "text\n4\n5\n")]
    inputs = Inputs(paths, ReadOptions(chunk_rows=2))
    chunks = list(inputs.chunks())
    assert [len(chunk) for chunk in chunks] == [2, 1, 2]
    assert inputs.first().records.column("text") == ["1", "2"]
    assert texts(inputs) == list("12345")
    assert inputs.share(chunks[2]) == 1.0


def test_an_empty_file_between_others(write):
    paths = [write(f"{i}.txt", text) for i, text in enumerate(["1\n", "", "2\n"])]
    inputs = Inputs(paths, ReadOptions())
    assert texts(inputs) == ["1", "2"]
    assert inputs.first().after == Cursor(0, 1)


def test_files_must_agree(write):
    one = write("a.csv", "id,text\n")
    with pytest.raises(DataError, match="other columns"):
        Inputs([one, write("b.csv", "text\n")], ReadOptions())
    with pytest.raises(DataError, match=r"b\.jsonl is jsonl and .*a\.csv is csv"):
        Inputs([one, write("b.jsonl", "")], ReadOptions())


def test_a_pipe_is_read_once_and_no_row_is_lost(monkeypatch):
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"id,text\n1,a\n2,b\n3,c\n")))
    monkeypatch.setattr(sys, "stdin", stream)
    inputs = Inputs([Path("-")], ReadOptions(chunk_rows=2, input_format="csv"))
    assert inputs.columns == ("id", "text")
    assert inputs.first().records.column("text") == ["a", "b"]
    assert texts(inputs) == ["a", "b", "c"]


@pytest.fixture
def paths(write):
    return [write(name, "text\n" * 4) for name in ("a.txt", "b.txt", "c.txt")]


def test_a_file_is_compared_until_its_end_and_not_after(paths):
    chunks = Inputs(paths, ReadOptions(chunk_rows=2)).chunks()
    for _ in range(3):
        next(chunks)
    paths[0].unlink()
    next(chunks)
    os.utime(paths[1], ns=(0, 1))
    with pytest.raises(UnreadableFile, match=r"b\.txt changed while it was read.*--restart"):
        next(chunks)


def test_a_file_that_ends_too_early_is_found_though_no_chunk_comes(paths):
    chunks = Inputs(paths[:1], ReadOptions(chunk_rows=2)).chunks()
    next(chunks)
    next(chunks)
    paths[0].write_bytes(b"")
    with pytest.raises(UnreadableFile, match=r"a\.txt changed"):
        next(chunks)


def test_an_error_is_explained_by_a_change_and_by_nothing_else(paths):
    inputs = Inputs(paths, ReadOptions())
    with pytest.raises(KeyError), inputs.explaining_errors():
        {}["x"]
    paths[2].unlink()
    with pytest.raises(UnreadableFile, match=r"c\.txt was removed"), inputs.explaining_errors():
        {}["x"]


def test_plain_text_has_no_column_to_name(write, monkeypatch):
    path = write("a.txt", "1\n")
    assert Inputs([path], ReadOptions()).text_column("text", ["text"], None) == "text"
    with pytest.raises(DataError, match=r"a\.txt is read as plain text.* 'body'.*--from"):
        Inputs([path], ReadOptions()).text_column("body", ["text"], None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"x\n"))))
    with pytest.raises(DataError, match="standard input is read as plain text"):
        Inputs([Path("-")], ReadOptions()).text_column("body", ["text"], None)


def test_parquet_comes_from_files_only():
    with pytest.raises(DataError, match="cannot be read from a pipe"):
        Inputs([Path("-")], ReadOptions(input_format="parquet"))

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import typer

import emoscope.loading.load_model
from emoscope.cli.predict import predict
from emoscope.errors import ColumnMissing, DataError, DataNotFound, UnreadableFile
from emoscope.inference.classifier import EmotionClassifier

app = typer.Typer()
app.command()(predict)

POSTS = b"id,body\n1,pure joy\n2,\n3,caf\xe9\n4,fear\n"


@pytest.fixture(autouse=True)
def folder(
    goemotions_classifier: EmotionClassifier, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    """A folder with two tables, in which the command runs."""
    monkeypatch.setattr(emoscope.loading.load_model, "load_with", lambda *_: goemotions_classifier)
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_bytes(POSTS)
    Path("b.csv").write_bytes(b"id,body\n5,love\n")
    return tmp_path


class Said(NamedTuple):
    """What the command wrote."""

    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command with these words."""

    def command(*words: str, stdin: bytes = b"") -> Said:
        # a real standard input can look ahead, which typer's own runner cannot
        stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin)))
        monkeypatch.setattr(sys, "stdin", stream)
        app(words, standalone_mode=False)
        return Said(*capsys.readouterr())

    return command


def rows(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out, newline="")))


def test_a_text_is_a_text(run: Run) -> None:
    for text in ("joy", "see a.csv", "what?", "", "-1", "v1.5"):
        assert json.loads(run("--", text).out)["text"] == text


def test_a_file_goes_to_standard_output_as_it_came_with_every_row(run: Run) -> None:
    done = run("a.csv")
    found = rows(done.out)
    assert [(row["id"], row["labels"]) for row in found] == [
        ("1", "joy"), ("2", ""), ("3", ""), ("4", "fear"),
    ]  # fmt: skip
    assert [bool(row["error"]) for row in found] == [False, True, True, False]
    assert "2 rows could not be read" in done.err
    assert "a.csv, line 4: not UTF-8" in done.err


def test_patterns_and_several_files_need_no_output_to_be_files(run: Run) -> None:
    for words in (["*.csv"], ["a.csv", "b.csv"], ["a*.csv", "b.csv"]):
        assert [row["id"] for row in rows(run(*words).out)] == list("12345")


@pytest.mark.parametrize("words", [["coments.csv"], ["no*.jsonl.gz"], ["a.csv", "c.csv"]])
def test_a_file_that_is_not_there_is_no_text(run: Run, words: list[str]) -> None:
    with pytest.raises(DataNotFound):
        run(*words)


def test_files_and_texts_together_are_refused(run: Run) -> None:
    with pytest.raises(DataError, match=r"'a\.csv' is a file, and 'so sad' looks like a text"):
        run("so sad", "a.csv")


def test_an_option_of_files_makes_files_of_the_arguments(run: Run) -> None:
    for option in (["--text", "body"], ["-o", "o.csv"], ["--strict"]):
        with pytest.raises(DataNotFound):
            run("no such text", *option)


def test_a_table_comes_through_a_pipe(run: Run) -> None:
    for words in (["-", "--from", "csv"], ["--from", "csv"], ["--from", "csv", "--text", "body"]):
        found = rows(run(*words, stdin=POSTS).out)
        assert [row["labels"] for row in found] == ["joy", "", "", "fear"]


def test_a_pipe_goes_into_a_file(run: Run, folder: Path) -> None:
    run("-o", "o.jsonl", stdin=b"joy\n\nfear")
    lines = (folder / "o.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["labels"] for line in lines] == [["joy"], [], ["fear"]]


def test_the_format_of_standard_output_can_be_chosen(run: Run) -> None:
    lines = run("a.csv", "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == list("1234")
    with pytest.raises(DataError, match="not drawn as bars"):
        run("a.csv", "--format", "bars")


def test_wide_rollup_and_prefix(run: Run) -> None:
    done = run("b.csv", "--wide", "--rollup", "sentiment", "--prefix", "e_")
    (row,) = rows(done.out)
    assert list(row)[:8] == [
        "id", "body", "e_labels", "e_top_label", "e_sentiment_labels", "e_sentiment_top_label",
        "e_notes", "e_error",
    ]  # fmt: skip
    assert (row["e_top_label"], row["e_sentiment_labels"]) == ("love", "positive")
    assert float(row["e_probability_love"]) == pytest.approx(0.880797)
    assert len(row) == 8 + 28 + 4


def test_threshold_and_top_k_decide_in_files_too(run: Run) -> None:
    assert rows(run("b.csv", "--threshold", "0.9").out)[0]["labels"] == ""
    assert len(rows(run("b.csv", "--top-k", "3").out)[0]["labels"].split("|")) == 3


def test_strict_stops_at_the_row(run: Run, folder: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"a\.csv, line 3: no text in column 'body'"):
        run("a.csv", "-o", "o.csv", "--strict")
    assert not (folder / "o.csv").exists()


def test_a_wrong_column_names_the_nearest(run: Run) -> None:
    with pytest.raises(ColumnMissing, match="Did you mean 'body'"):
        run("a.csv", "--text", "bodi")


def test_a_finished_output_is_kept_unless_told(run: Run, folder: Path) -> None:
    run("b.csv", "-o", "o.csv")
    with pytest.raises(DataError, match="--overwrite"):
        run("a.csv", "-o", "o.csv")
    run("a.csv", "-o", "o.csv", "--overwrite")
    assert len(rows((folder / "o.csv").read_text(encoding="utf-8"))) == 4


def test_a_file_without_a_readable_row_fails_when_it_is_written(run: Run, folder: Path) -> None:
    Path("a.json").write_text('["thank you", "awful"]\n')
    with pytest.raises(UnreadableFile, match=r"No row of a\.json could be read.*--text.*--from"):
        run("a.json", "-o", "o.jsonl")
    (row,) = map(json.loads, Path("o.jsonl").read_text().splitlines())
    assert row["error"].startswith("an array and not a JSON object")


def test_how_a_file_is_written_can_be_said(run: Run) -> None:
    Path("t.tsv").write_text('id\ttext\n1\t"joy\n2\tfear"\n')
    found = run("t.tsv", "--format", "jsonl")
    assert [json.loads(line)["text"] for line in found.out.splitlines()] == ['"joy', 'fear"']
    assert "do not pair" in found.err
    found = run("t.tsv", "--format", "jsonl", "--quoting", "csv", "--delimiter", "tab", "--header")
    assert [json.loads(line)["text"] for line in found.out.splitlines()] == ["joy\n2\tfear"]
    assert "do not pair" not in found.err
    found = run("t.tsv", "--no-header", "--text", "column_2", "--format", "jsonl")
    assert json.loads(found.out.splitlines()[0])["column_2"] == "text"


def test_a_spreadsheet_is_told_to_be_saved_as_csv(run: Run) -> None:
    Path("survey.xlsx").write_bytes(b"PK")
    with pytest.raises(UnreadableFile, match="Save it as CSV"):
        run("survey.xlsx")
    with pytest.raises(DataNotFound, match=r"missing\.xlsx"):
        run("missing.xlsx")

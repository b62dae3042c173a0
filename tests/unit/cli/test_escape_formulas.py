from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emoscope.cli.app import app
from emoscope.errors import DataError

MODEL = str(Path(__file__).parents[2] / "fixtures" / "tiny_encoder")


def invoke(*arguments: str):
    return CliRunner().invoke(app, ["predict", "--model", MODEL, *arguments])


def test_texts_as_csv():
    texts = ["=1+1", "@home so sad"]
    for options, expected in (((), texts), (("--escape-formulas",), ["'=1+1", "'@home so sad"])):
        done = invoke(*texts, "--format", "csv", *options)
        assert [row["text"] for row in csv.DictReader(io.StringIO(done.stdout))] == expected


def test_a_file_on_standard_output_and_into_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("i.tsv").write_text("text\tnote\nso sad\t=1+1\n")
    done = invoke("i.tsv", "-o", "o.csv", "--escape-formulas")
    assert done.exit_code == 0
    (row,) = csv.DictReader(io.StringIO(Path("o.csv").read_text()))
    assert row["note"] == "'=1+1"


@pytest.mark.parametrize("options", [("so sad",), ("so sad", "--format", "jsonl")])
def test_other_forms_refuse(options):
    done = invoke(*options, "--escape-formulas")
    assert isinstance(done.exception, DataError)
    assert "CSV" in str(done.exception)

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from emoscope.cli.data import app
from emoscope.errors import DataError, DataNotFound

TABLE = "nr,body,tags\n" + "".join(
    f"{n},text number {n},{('joy', 'anger', 'fear|joy')[n % 3]}\n" for n in range(60)
)


@pytest.fixture(autouse=True)
def bare_environment(no_data: None):
    """As on a machine without data."""


@pytest.fixture
def tickets(tmp_path):
    path = tmp_path / "tickets.csv"
    path.write_text(TABLE, encoding="utf-8")
    return str(path)


def run(*arguments: str):
    return CliRunner().invoke(app, ["describe", *arguments])


def test_it_shows_counts_labels_lengths_pairs_and_the_audit(tickets):
    result = run(tickets, "--text", "body", "--labels", "tags")
    assert result.exit_code == 0, result.exception
    for part in (
        "tickets: 3 labels, multi-label",
        "made splits: train 48, validation 6, test 6",
        "label cells are split at '|'",
        "with 2 labels",
        "characters, median",
        "fear + joy",
        "folded",
        "without label",
    ):
        assert part in result.output


def test_json_is_all_that_is_printed(tickets):
    result = run(tickets, "--text", "body", "--labels", "tags", "--json")
    found = json.loads(result.output)
    assert found["texts"] == {"train": 48, "validation": 6, "test": 6}
    assert found["support"]["fear"] == {"train": 16, "validation": 2, "test": 2}
    assert found["task"] == "multi_label"


def test_any_data_setting_is_an_option(tickets):
    options = ("--text", "body", "--labels", "tags", "--json")
    result = run(tickets, *options, "--task", "single_label", "--label-delimiter", "/")
    assert json.loads(result.output)["labels"] == ["anger", "fear|joy", "joy"]
    result = run(tickets, *options, "--validation-share=0", "--test-share", "0", "--sample", "0.5")
    assert json.loads(result.output)["texts"] == {"train": 30}
    result = run(tickets, *options, "--single-label")
    assert json.loads(result.output)["labels_a_text"]["train"] == {"1": 32}


def test_a_mistake_is_an_error_with_the_next_step(tickets):
    assert "Did you mean 'tags'" in str(run(tickets, "--text", "body", "--labels", "tag").exception)
    result = run(tickets, "--delimeter", ";")
    assert isinstance(result.exception, DataError)
    assert "Did you mean 'delimiter'" in str(result.exception)
    assert isinstance(run("tickest.csv").exception, DataNotFound)
    assert "No data was named" in str(run("--json").exception)


def test_a_data_set_that_cannot_be_trained_on_can_be_described(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\nhello,joy\n ,joy\n", encoding="utf-8")
    result = run(str(path), "--json")
    found = json.loads(result.output)
    assert found["audit"]["empty"] == {"train": 1}
    assert any(note.startswith("no splits were made") for note in found["notes"])


def test_everyday_is_described_by_name():
    result = run("everyday")
    assert result.exit_code == 0
    assert "everyday: 28 labels, multi-label, with shares of raters" in result.output
    assert "nervousness" in result.output


@pytest.mark.real_data
def test_goemotions_is_described(real_data):
    result = run("goemotions", "--data", str(real_data), "--json")
    found = json.loads(result.output)
    assert found["texts"] == {"train": 43_410, "validation": 5_426, "test": 5_427}


def test_the_data_may_be_named_by_an_option(tickets):
    columns = ["--text", "body", "--labels", "tags"]
    assert run("--data", tickets, *columns).output == run(tickets, *columns).output != ""
    assert isinstance(run("--data", "gone.csv").exception, DataNotFound)

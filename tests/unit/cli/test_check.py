from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import emoscope.loading.load_model
from emoscope.cli import main
from emoscope.cli.check import check
from emoscope.errors import DataError, DataNotFound, UnknownLabel
from emoscope.inference.classifier import EmotionClassifier

app = typer.Typer()
app.command()(check)

CASES = """\
{"kind": "minimum_functionality", "capability": "plain", "text": "such joy", "any_of": ["joy"]}
{"kind": "minimum_functionality", "capability": "plain", "text": "such\\nfun", "any_of": ["joy"]}
{"kind": "invariance", "capability": "case", "texts": ["joy", "JOY"]}
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    path = tmp_path / "own.jsonl"
    path.write_text(CASES)
    return str(path)


def test_the_table_shows_rates_and_failures(loaded: EmotionClassifier, own: str) -> None:
    done = CliRunner().invoke(app, ["--cases", own, "--only-cases"])
    assert done.exit_code == 0, done.output
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [
        "minimum",
        "functionality",
        "1",
        "2",
        "50.0",
        "%",
        "9.5",
        "%",
        "to",
        "90.5",
        "%",
    ] in lines
    assert ["case", "1", "1", "100.0", "%", "20.7", "%", "to", "100.0", "%"] in lines
    assert "1 of 1 cases that fail:" in done.stdout
    assert f"{own}:2  minimum functionality, plain: joy" in done.stdout
    assert "  such fun\n    no label; admiration 11.9%" in done.stdout


def test_no_failures_are_shown_when_none_are_wanted(loaded: EmotionClassifier, own: str) -> None:
    done = CliRunner().invoke(app, ["--cases", own, "--only-cases", "--failures", "0"])
    assert done.exit_code == 0, done.output
    assert "fail" not in done.stdout


def test_json_is_one_line_with_every_failure(loaded: EmotionClassifier, own: str) -> None:
    arguments = ["--cases", own, "--only-cases", "--format", "json", "--failures", "0"]
    done = CliRunner().invoke(app, arguments)
    assert done.stdout.count("\n") == 1
    assert [each["where"] for each in json.loads(done.stdout)["failures"]] == [f"{own}:2"]


def test_own_cases_come_beside_the_suite(loaded: EmotionClassifier, own: str) -> None:
    alone = json.loads(CliRunner().invoke(app, ["--format", "json"]).stdout)["rates"]
    both = json.loads(CliRunner().invoke(app, ["--format", "json", "--cases", own]).stdout)["rates"]
    assert both[0]["cases"] == alone[0]["cases"] + 2
    assert both[0]["passed"] == alone[0]["passed"] + 1


def test_what_a_model_cannot_be_asked_is_counted(
    emotion_classifier: EmotionClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emoscope.loading.load_model, "load_with", lambda *_: emotion_classifier)
    done = CliRunner().invoke(app, [])
    assert done.exit_code == 0, done.output
    assert "cases were skipped: they need labels that the model does not have (admiration" in (
        done.stdout
    )


def test_the_result_is_saved(loaded: EmotionClassifier, own: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["--cases", own, "--only-cases", "--out", str(out)])
    assert f"behaviour  {out / 'behaviour.json'}" in done.stdout
    assert json.loads((out / "behaviour.json").read_text())["format_version"] == 1


def test_errors_are_told(loaded: EmotionClassifier, own: str, tmp_path: Path) -> None:
    def error(*arguments: str) -> BaseException | None:
        return CliRunner().invoke(app, list(arguments)).exception

    assert isinstance(error("--only-cases"), DataError)
    assert isinstance(error("--cases", str(tmp_path / "none")), DataNotFound)
    Path(own).write_text(CASES.replace('"joy"]', '"jooy"]'))
    assert isinstance(error("--cases", own), UnknownLabel)
    (tmp_path / "behaviour.json").write_text("mine")
    assert isinstance(error("--out", str(tmp_path)), DataError)
    assert CliRunner().invoke(app, ["--format", "xml"]).exit_code == 2


def test_a_bad_file_leaves_with_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{}")
    monkeypatch.setattr(sys, "argv", ["emoscope", "check", "--cases", str(path)])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert "bad.jsonl, line 1, key 'kind'" in capsys.readouterr().err

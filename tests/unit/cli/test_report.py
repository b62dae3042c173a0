"""The shells of report, compare and human: options in, files and tables out."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")

from emoscope.cli import compare, human, report
from emoscope.cli.overrides import CONTEXT
from emoscope.errors import DataError, ModelFolderError

app = typer.Typer()
app.command("report", context_settings=CONTEXT)(report.report)
app.command("compare")(compare.compare)
app.command("human")(human.human)


def invoke(*arguments: object):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.mark.usefixtures("quick_files")
def test_report_writes_into_the_run(sample_run: Path, no_data: None) -> None:
    result = invoke("report", sample_run)
    assert result.exit_code == 0, result.exception
    assert str(sample_run / "report.html") in result.stdout
    assert (sample_run / "report" / "per_label.png").is_file()


@pytest.mark.slow
@pytest.mark.usefixtures("quick_files")
def test_report_writes_where_it_is_told(sample_run: Path, tmp_path: Path, no_data: None) -> None:
    assert invoke("report", sample_run, "--out", tmp_path / "there").exit_code == 0
    assert (tmp_path / "there" / "report.html").is_file()
    assert not (sample_run / "report.html").exists()


def test_report_without_a_run_and_of_nothing(tmp_path: Path) -> None:
    assert isinstance(invoke("report").exception, ModelFolderError)
    assert isinstance(invoke("report", tmp_path / "none").exception, ModelFolderError)


@pytest.mark.slow
def test_compare_prints_a_table_and_markdown(sample_run: Path, other_run: Path) -> None:
    result = invoke("compare", sample_run, other_run, "--no-speed")
    assert result.exit_code == 0, result.exception
    assert "macro-F1" in result.stdout
    assert (sample_run.parent / "comparison" / "comparison.svg").is_file()
    text = invoke("compare", sample_run, other_run, "--no-speed", "--markdown").stdout
    assert text.startswith("| run | macro-F1 |")


def test_compare_refuses_one_run(sample_run: Path) -> None:
    assert isinstance(invoke("compare", sample_run).exception, DataError)


def test_human_needs_the_released_labels(tmp_path: Path, no_data: None) -> None:
    result = invoke("human", "--raw", tmp_path / "ratings.csv")
    assert isinstance(result.exception, DataError)
    assert "Name the folder that holds GoEmotions" in str(result.exception)

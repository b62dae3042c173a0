"""A comparison as tables and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.errors import MissingExtra
from emoscope.evaluation.paired_comparison import compare_runs
from emoscope.report.comparison_report import (
    all_metrics,
    by_label,
    markdown,
    summary_table,
    transposed,
    write_comparison,
)


@pytest.fixture
def two(make_run, examples) -> list[Path]:
    return [make_run("first", examples, noise=3.0), make_run("better", examples, noise=1.0, seed=1)]


def compared(runs: list[Path]):
    return compare_runs(runs, speed=False, label_resamples=400)


def test_speed_that_cannot_be_measured_is_a_dash(two, monkeypatch) -> None:
    def load(model: Path, runtime: object) -> None:
        raise MissingExtra("linear", "Opening a linear model")

    monkeypatch.setattr("emoscope.evaluation.speed.load_with", load)
    told: list[str] = []
    found = compare_runs(two, label_resamples=50, say=told.append)
    assert all(c.speed is None for c in found.runs)
    assert "was not measured" in told[0]
    assert summary_table(found).rows[0][-2] == "–"


def test_markdown_is_a_table_with_one_row_a_run(two) -> None:
    lines = markdown(summary_table(compared(two))).splitlines()
    assert lines[0].startswith("| run | macro-F1 |")
    assert lines[1].startswith("| --- | --: |")
    assert lines[2].startswith("| first |")
    assert lines[3].startswith("| better |")
    assert all(line.count("|") == lines[0].count("|") for line in lines[:4])
    assert "differences are to first" in lines[-1]


def test_markdown_escapes_bars(make_run, examples) -> None:
    found = compared([make_run("a|b", examples), make_run("c", examples)])
    assert r"| a\|b |" in markdown(summary_table(found))


def test_the_upright_table_has_a_column_a_run(two) -> None:
    table = transposed(summary_table(compared(two)))
    assert table.columns == ("run", "first", "better")
    assert table.rows[0][0] == "macro-F1"


@pytest.mark.slow
def test_files(two, tmp_path: Path) -> None:
    found = compared(two)
    png = write_comparison(found, tmp_path / "out")
    assert {p.name for p in png.parent.iterdir()} == {
        ".emoscope-outputs",
        "comparison.csv",
        "comparison.png",
        "comparison.svg",
        "comparison_labels.csv",
    }
    assert len(by_label(found).rows) == 2 * 4
    metrics = {row[1] for row in all_metrics(found).rows}
    assert {"macro_f1", "hamming_loss", "model_megabytes", "fit_seconds"} <= metrics

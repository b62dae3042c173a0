from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emoscope.errors import DataError, MissingExtra
from emoscope.evaluation.paired_comparison import compare_runs, holm
from emoscope.report.comparison_tables import all_metrics, by_label, markdown, summary, upright
from emoscope.report.write_comparison import write_comparison


@pytest.fixture
def two(make_run, examples) -> list[Path]:
    return [make_run("first", examples, noise=3.0), make_run("better", examples, noise=1.0, seed=1)]


def compared(runs: list[Path]):
    return compare_runs(runs, speed=False, label_resamples=400)


def test_holm_by_hand() -> None:
    # sorted: .01 * 4, .02 * 3, .03 * 2, .5; each at least as large as the one before
    assert holm(np.array([0.03, 0.01, 0.5, 0.02])) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def test_differences_are_to_the_first_run(two) -> None:
    first, better = compared(two).contestants
    assert first.differences == {}
    assert first.by_label is None
    change = better.differences["macro_f1"]
    assert change.difference == pytest.approx(
        better.subject.report.headline["macro_f1"] - first.subject.report.headline["macro_f1"]
    )
    assert change.difference > 0
    assert change.p_value < 0.05
    assert better.by_label is not None
    points = [np.array([r.f1 for r in c.subject.report.per_label]) for c in (first, better)]
    assert better.by_label.f1.value == pytest.approx(points[1] - points[0])
    assert (better.by_label.adjusted >= better.by_label.p_value).all()


def test_a_run_does_not_differ_from_itself(make_run, examples) -> None:
    runs = [make_run("one", examples), make_run("same", examples)]
    found = compared(runs).contestants[1]
    assert found.differences["macro_f1"].difference == 0.0
    assert found.differences["macro_f1"].p_value == 1.0
    assert found.by_label is not None
    assert found.by_label.p_value.tolist() == [1.0] * 4


def test_runs_on_other_texts_are_refused(make_run, examples, examples_of) -> None:
    other = examples_of(n=61)
    with pytest.raises(DataError, match="was scored on other test texts"):
        compared([make_run("one", examples), make_run("two", other)])


def test_runs_with_other_labels_or_truth_are_refused(make_run, examples, examples_of) -> None:
    one = make_run("one", examples)
    fewer = make_run("fewer", examples_of(labels=("a", "b")))
    with pytest.raises(DataError, match="has other labels or another task"):
        compared([one, fewer])
    from dataclasses import replace

    turned = replace(examples, labels=np.roll(examples.labels, 1, axis=1))
    with pytest.raises(DataError, match="but with other true labels"):
        compared([one, make_run("turned", turned)])


def test_one_run_is_no_comparison(two, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with pytest.raises(DataError, match="needs two finished runs"):
        compared([two[0], tmp_path / "logs"])


def test_what_is_no_run_is_passed_over_and_told(two, tmp_path: Path) -> None:
    (tmp_path / "comparison").mkdir()
    told: list[str] = []
    found = compare_runs(
        [tmp_path / "comparison", *two], speed=False, label_resamples=50, say=told.append
    )
    assert [c.name for c in found.contestants] == ["first", "better"]
    assert "comparison" in told[0]


def test_runs_of_one_name_are_told_apart(make_run, examples) -> None:
    found = compared([make_run("a/run", examples), make_run("b/run", examples)])
    names = [c.name for c in found.contestants]
    assert len(set(names)) == 2


def test_speed_that_cannot_be_measured_is_a_dash(two, monkeypatch) -> None:
    def load(model: Path) -> None:
        raise MissingExtra("linear", "Opening a linear model")

    monkeypatch.setattr("emoscope.evaluation.speed.load", load)
    told: list[str] = []
    found = compare_runs(two, label_resamples=50, say=told.append)
    assert all(c.speed is None for c in found.contestants)
    assert "was not measured" in told[0]
    assert summary(found).rows[0][-2] == "–"


def test_markdown_is_a_table_with_one_row_a_run(two) -> None:
    lines = markdown(summary(compared(two))).splitlines()
    assert lines[0].startswith("| run | macro-F1 |")
    assert lines[1].startswith("| --- | --: |")
    assert lines[2].startswith("| first |")
    assert lines[3].startswith("| better |")
    assert all(line.count("|") == lines[0].count("|") for line in lines[:4])
    assert "differences are to first" in lines[-1]


def test_markdown_escapes_bars(make_run, examples) -> None:
    found = compared([make_run("a|b", examples), make_run("c", examples)])
    assert r"| a\|b |" in markdown(summary(found))


def test_the_upright_table_has_a_column_a_run(two) -> None:
    table = upright(summary(compared(two)))
    assert table.columns == ("run", "first", "better")
    assert table.rows[0][0] == "macro-F1"


def test_files(two, tmp_path: Path) -> None:
    found = compared(two)
    png = write_comparison(found, tmp_path / "out")
    assert {p.name for p in png.parent.iterdir()} == {
        "comparison.csv",
        "comparison.png",
        "comparison.svg",
        "comparison_labels.csv",
    }
    assert len(by_label(found).rows) == 2 * 4
    metrics = {row[1] for row in all_metrics(found).rows}
    assert {"macro_f1", "hamming_loss", "model_megabytes", "fit_seconds"} <= metrics

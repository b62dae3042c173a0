from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoscope.data.examples import Examples
from emoscope.evaluation.search_result import Importance, SearchResult, TrialResult
from emoscope.report.search_page import search_figures, write_search_report
from emoscope.report.write import write_report

SPACE = {
    "training.learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
    "training.loss.kind": {"values": ["bce", "focal"]},
    "training.loss.gamma": {"low": 1.0, "high": 4.0, "when": {"training.loss.kind": "focal"}},
    "model.layers": {"low": 1, "high": 4},
}


def made(n: int = 14) -> SearchResult:
    """Complete, ended and failed trials; some without gamma."""
    random = np.random.default_rng(0)
    trials = []
    for number in range(n):
        values: dict[str, Any] = {
            "training.learning_rate": float(10 ** random.uniform(-4, -2)),
            "training.loss.kind": ["bce", "focal"][number % 2],
            "model.layers": int(random.integers(1, 5)),
        }
        if number % 2:
            values["training.loss.gamma"] = float(random.uniform(1, 4))
        value, seeds = float(random.uniform(0.4, 0.5)), ()
        if number == 0:
            seeds = (value, value + 0.01, value - 0.01)
        state = {5: "pruned", 7: "failed"}.get(number, "complete")
        trials.append(
            TrialResult(
                number, state, values, None if state == "failed" else value, seeds, 0.01, 2, 1.0,
                "<b>Out of memory</b>" if state == "failed" else "",
            )
        )  # fmt: skip
    found = tuple(Importance(key, 0.25, 0.1, 0.5, 0.4) for key in SPACE)
    return SearchResult("tiny", "macro_f1", SPACE, 1, True, tuple(trials), found)


def why(result: SearchResult) -> list[str]:
    return [each.reason for each in search_figures(result)]


@pytest.mark.slow
def test_a_search_becomes_a_page_with_its_figures(tmp_path: Path) -> None:
    page = write_search_report(made(), tmp_path).read_text(encoding="utf-8")
    assert "tiny: search" in page
    assert page.count("data:image/svg+xml;base64,") == 3
    assert "&lt;b&gt;Out of memory&lt;/b&gt;" in page
    assert "<script" not in page
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert {"search_history.png", "search_parallel.svg", "search_trials.csv"} <= names


def test_the_parallel_axes_hold_what_the_space_holds() -> None:
    figure = search_figures(made())[1].draw()
    (axes,) = figure.axes
    names = [label.get_text().replace("\n", "") for label in axes.get_xticklabels()]
    assert names == ["learning_rate", "kind", "gamma", "layers", "macro-F1"]
    lines = [line for line in axes.lines if len(line.get_xdata()) == 5]
    assert len(lines) == 12, "one a complete trial"
    heights = np.array([line.get_ydata() for line in lines])
    assert heights[:, 0].min() >= 0.0
    assert heights[:, 0].max() <= 1.0
    assert set((heights[:, 2] < 0).tolist()) == {True, False}, "gamma is not always searched"
    assert {text.get_text() for text in axes.texts} >= {"bce", "focal", "0.0001", "0.01", "1", "4"}


def test_the_history_shows_every_trial() -> None:
    (axes,) = search_figures(made())[0].draw().axes
    shown = {float(x) for each in axes.collections for x, _ in getattr(each, "get_offsets", list)()}
    assert shown >= set(range(14))


def test_a_figure_that_cannot_be_drawn_says_why() -> None:
    assert why(made()) == ["", "", ""]
    assert why(replace(made(6), importances=())) == [
        "", "", "5 complete trials are too few; ten are needed.",
    ]  # fmt: skip
    failed = replace(made(), trials=made().trials[7:8], importances=())
    assert why(failed) == ["No trial is complete."] * 3
    one = replace(made(), space={"model.layers": SPACE["model.layers"]}, importances=())
    assert why(one)[2] == "Only one key was searched."


@pytest.mark.slow
@pytest.mark.usefixtures("quick_files")
def test_the_report_of_a_run_shows_the_search_that_found_it(
    make_run: Any, examples: Examples
) -> None:
    selection = {"trial": 3, "trials": 13, "evaluations": 27, "metric": "macro_f1", "value": 0.4999}
    run = make_run("tuned", examples, provenance={"recipe": {"selection": selection}})
    made().save(run)
    page = write_report(run, examples).read_text(encoding="utf-8")
    assert "The recipe is the best of 13 trials on validation, which scored it 27 times" in page
    assert '<h2 id="search">Search</h2>' in page
    assert "Search: parallel coordinates" in page
    assert (run / "report" / "search_trials.csv").is_file()


@pytest.mark.slow
@pytest.mark.usefixtures("quick_files")
def test_a_run_that_no_search_found_shows_none(run: Path, examples: Examples) -> None:
    page = write_report(run, examples).read_text(encoding="utf-8")
    assert 'id="search"' not in page
    assert "best of" not in page

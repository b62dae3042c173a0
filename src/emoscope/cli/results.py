"""The table of an evaluation in the terminal, and where its files lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from emoscope.cli.terminal import show, show_table, tell
from emoscope.errors import MissingExtra, listing
from emoscope.evaluation.judge import Evaluation
from emoscope.metrics import MetricsReport
from emoscope.metrics.formatting import interval, number
from emoscope.metrics.names import MAIN_METRICS, METRIC_NAMES


def show_evaluation(evaluation: Evaluation, title: str) -> None:
    """Print headline metrics with their intervals, and labels without a text."""
    rows = _rows(evaluation.fine, MAIN_METRICS[evaluation.fine.task])
    for name, report in evaluation.rollups.items():
        keys = [key for key in ("macro_f1", "micro_f1") if key in report.headline]
        rows += [(f"{metric}, {name}", value, ends) for metric, value, ends in _rows(report, keys)]
    at_half = evaluation.at_half.headline
    key = "micro_f1" if evaluation.fine.task == "multi_label" else "accuracy"
    rows.append((f"{METRIC_NAMES[key]} without the policy", number(at_half[key], 4), ""))
    show_table((f"on {evaluation.split}", "value", "95% interval"), rows, title=title)
    shared = evaluation.shared_with_train
    note = f"; {shared:,} of them occur in train too" if shared else ""
    show(f"{evaluation.fine.n_texts:,} {evaluation.split} texts{note}")
    absent = evaluation.fine.labels_without_text
    if absent:
        show(
            f"No {evaluation.split} text has {listing(absent)}: not measured, and left out of "
            "macro averages."
        )


def show_files(folder: Path) -> None:
    """Say where the metrics lie."""
    show(f"metrics    {folder / 'metrics.json'}")
    show(f"per label  {folder / 'per_label.csv'}")


def write_page(write: Callable[[], Path], say: Callable[[str], None]) -> None:
    """Say where ``write`` has written a report, or what would have to be installed for one."""
    try:
        say(f"report     {write()}")
    except MissingExtra as missing:
        tell(f"no report: {missing}")


def _rows(report: MetricsReport, keys: Sequence[str]) -> list[tuple[str, str, str]]:
    rows = []
    for key in keys:
        ends = "" if key not in report.intervals else interval(*report.intervals[key])
        rows.append((METRIC_NAMES[key], number(report.headline[key], 4), ends))
    return rows

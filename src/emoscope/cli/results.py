"""The short table of an evaluation."""

from __future__ import annotations

from emoscope.cli.terminal import show, show_table
from emoscope.evaluation.judge import Evaluation
from emoscope.metrics import MetricsReport

_SHOWN = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "sample_f1": "sample-F1",
    "subset_accuracy": "subset accuracy",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "weighted_f1": "weighted F1",
    "mcc": "MCC",
}


def show_evaluation(evaluation: Evaluation, title: str) -> None:
    """Print headline metrics with their intervals, fine and rolled up, and what to know of them."""
    rows = _rows(evaluation.fine, _SHOWN)
    for name, report in evaluation.rollups.items():
        rows += [
            (f"{metric}, {name}", value, interval)
            for metric, value, interval in _rows(report, _COARSE)
        ]
    at_half = evaluation.at_half.headline
    key = "micro_f1" if evaluation.fine.task == "multi_label" else "accuracy"
    rows.append((f"{_SHOWN[key]} without the policy", f"{at_half[key]:.4f}", ""))
    show_table((f"on {evaluation.split}", "value", "95% interval"), rows, title=title)
    shared = evaluation.shared_with_train
    note = f"; {shared:,} of them occur in train too" if shared else ""
    show(f"{evaluation.fine.n_texts:,} {evaluation.split} texts{note}")


_COARSE = {"macro_f1": "macro-F1", "micro_f1": "micro-F1"}


def _rows(report: MetricsReport, names: dict[str, str]) -> list[tuple[str, str, str]]:
    rows = []
    for key, name in names.items():
        if key in report.headline:
            low_high = report.intervals.get(key)
            interval = "" if low_high is None else f"{low_high[0]:.3f} to {low_high[1]:.3f}"
            rows.append((name, f"{report.headline[key]:.4f}", interval))
    return rows

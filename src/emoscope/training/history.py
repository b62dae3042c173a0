"""``history.csv``: one row an evaluation, the table that papers print for each epoch."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class HistoryRow:
    """What was known at one evaluation of the validation split."""

    epoch: float
    step: int
    train_loss: float
    """Mean over the steps since the evaluation before."""
    validation_loss: float
    macro_f1: float
    """Validation macro-F1, by cross-fitted thresholds in a multi-label task."""
    micro_f1: float
    accuracy: float
    """All labels of a text right."""
    learning_rate: float
    seconds: float
    """Time in training up to here, over all sessions of a resumed run."""


Watch = Callable[[tuple[HistoryRow, ...]], None]
"""Gets all evaluations so far after each of them."""


def history_of(log: Sequence[Mapping[str, Any]]) -> tuple[HistoryRow, ...]:
    """Rows of the trainer's log, in order of steps."""
    rows = []
    losses: list[tuple[int, float]] = []  # (steps, mean loss over them) since the last evaluation
    last_step, rate = 0, 0.0
    for entry in log:
        step = int(entry["step"])
        if "loss" in entry:
            losses.append((step - last_step, float(entry["loss"])))
            last_step, rate = step, float(entry.get("learning_rate", rate))
        elif "eval_loss" in entry:
            steps = sum(n for n, _ in losses)
            rows.append(
                HistoryRow(
                    epoch=round(float(entry["epoch"]), 4),
                    step=step,
                    train_loss=sum(n * x for n, x in losses) / steps if steps else float("nan"),
                    validation_loss=float(entry["eval_loss"]),
                    macro_f1=float(entry["eval_macro_f1"]),
                    micro_f1=float(entry["eval_micro_f1"]),
                    accuracy=float(entry["eval_accuracy"]),
                    learning_rate=rate,
                    seconds=round(float(entry["seconds"]), 1),
                )
            )
            losses = []
    return tuple(rows)


def best_row(history: Sequence[HistoryRow], metric: str) -> HistoryRow | None:
    """The row with the largest ``metric``, the earliest of equals; none in an empty history."""
    return max(history, key=lambda row: float(getattr(row, metric)), default=None)


def out_of_patience(history: Sequence[HistoryRow], metric: str, patience: int) -> bool:
    """Tell whether the last ``patience`` evaluations were none better than the best before them."""
    best = best_row(history, metric)
    return best is not None and sum(row.step > best.step for row in history) >= patience


def write_history(history: Sequence[HistoryRow], path: Path) -> None:
    """Write the table as CSV, numbers with as many digits as they have."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(HistoryRow)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in history)

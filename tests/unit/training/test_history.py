from __future__ import annotations

import csv
import math

from emoscope.training.history import best_row, history_of, out_of_patience, write_history


def evaluated(step: int, macro: float, **more: float) -> dict[str, float]:
    return {
        "step": step, "epoch": step / 10, "seconds": step * 1.5, "eval_loss": 0.5,
        "eval_macro_f1": macro, "eval_micro_f1": 0.6, "eval_accuracy": 0.4, **more,
    }  # fmt: skip


LOG = [
    {"step": 8, "loss": 1.0, "learning_rate": 0.1},
    {"step": 10, "loss": 0.5, "learning_rate": 0.2},
    evaluated(10, 0.3),
    {"step": 20, "loss": 0.2, "learning_rate": 0.05},
    evaluated(20, 0.5),
    {"step": 30, "loss": 0.1, "learning_rate": 0.0},
    evaluated(30, 0.5),
    {"step": 30, "train_runtime": 3.0},
]


def test_rows_hold_what_was_logged_since_the_evaluation_before():
    rows = history_of(LOG)
    assert [row.step for row in rows] == [10, 20, 30]
    assert rows[0].train_loss == (8 * 1.0 + 2 * 0.5) / 10  # eight steps at 1, two at 0.5
    assert rows[1].train_loss == 0.2
    assert rows[1].learning_rate == 0.05
    assert (rows[0].epoch, rows[0].seconds) == (1.0, 15.0)


def test_an_evaluation_without_steps_before_it_has_no_train_loss():
    assert math.isnan(history_of([evaluated(0, 0.1)])[0].train_loss)


def test_the_earliest_of_the_best_wins():
    assert best_row(history_of(LOG), "macro_f1").step == 20
    assert best_row((), "macro_f1") is None


def test_patience():
    rows = history_of(LOG)
    assert not out_of_patience(rows, "macro_f1", 2)
    assert out_of_patience(rows, "macro_f1", 1)
    assert not out_of_patience((), "macro_f1", 1)


def test_the_table_reads_back(tmp_path):
    path = tmp_path / "history.csv"
    write_history(history_of(LOG), path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(r["macro_f1"]) for r in rows] == [0.3, 0.5, 0.5]
    assert list(rows[0]) == [
        "epoch", "step", "train_loss", "validation_loss", "macro_f1", "micro_f1", "accuracy",
        "learning_rate", "seconds",
    ]  # fmt: skip

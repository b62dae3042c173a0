from __future__ import annotations

from pathlib import Path

import numpy as np

from emoscope.evaluation import saved_run
from emoscope.evaluation.saved_run import best_row, selection_metric


def test_the_epoch_kept_is_that_of_the_metric_it_was_chosen_by() -> None:
    rows = {
        "epoch": np.array([1.0, 2.0, 3.0]),
        "macro_f1": np.array([0.4, 0.5, 0.5]),
        "validation_loss": np.array([0.3, 0.4, 0.5]),
    }
    assert selection_metric(rows, "multi_label") == "macro_f1"
    assert best_row(rows, "macro_f1") == 1
    rows["micro_f1"] = np.array([0.7, 0.6, 0.5])
    assert selection_metric(rows, "multi_label", "micro_f1") == "micro_f1"
    assert best_row(rows, "micro_f1") == 0
    assert selection_metric(rows, "single_label") == "macro_f1"  # there is no accuracy here
    assert selection_metric({"epoch": rows["epoch"]}, "multi_label") is None
    assert best_row({"epoch": rows["epoch"]}, None) == 2


def test_the_data_table_of_several_data_sets_is_the_first(tmp_path: Path) -> None:
    assert saved_run.read_data_table(tmp_path) == {}
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[data]\nname = "emotion"\n')
    assert saved_run.read_data_table(tmp_path) == {"name": "emotion"}
    recipe.write_text('[[data]]\nname = "everyday"\n[[data]]\nname = "file"\n')
    assert saved_run.read_data_table(tmp_path) == {"name": "everyday"}

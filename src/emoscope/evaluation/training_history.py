"""Which evaluation during training the weights were kept of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from emoscope.arrays import Floats


def selection_metric(
    history: Mapping[str, Floats], task: str, chosen: str | None = None
) -> str | None:
    """The metric that the checkpoint was selected by: ``chosen`` in the recipe, or the task's."""
    usual = "macro_f1" if task == "multi_label" else "accuracy"
    return next((name for name in (chosen, usual, "macro_f1") if name and name in history), None)


def best_row(history: Mapping[str, Floats], metric: str | None) -> int:
    """Row of the evaluation whose weights were kept: the first best, or the last without metric."""
    if metric is None:
        return len(history["epoch"]) - 1
    return int(np.argmax(np.nan_to_num(history[metric])))

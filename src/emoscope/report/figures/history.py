"""Training curves: loss and validation metrics by epoch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from emoscope.arrays import Floats
from emoscope.evaluation.saved_run import best_row, selection_metric
from emoscope.metrics.formatting import number
from emoscope.metrics.names import METRIC_NAMES
from emoscope.report.context import ReportContext
from emoscope.report.style import BLUE, GREEN, GREY, ORANGE, VERMILLION, new_figure, styled

_METRICS = (("macro_f1", BLUE, "o"), ("micro_f1", VERMILLION, "s"), ("accuracy", GREEN, "^"))


def _kept(context: ReportContext) -> tuple[Mapping[str, Floats], int, str | None]:
    """Columns of the history, (n_evaluations,) each, the row kept, and the metric it had."""
    model = context.model
    settings = model.provenance.get("recipe", {}).get("training", {})
    metric = selection_metric(model.history, model.task, settings.get("best_metric"))
    return model.history, best_row(model.history, metric), metric


@styled
def draw(context: ReportContext) -> Figure:
    """Draw columns of the history over epochs."""
    history, best, _ = _kept(context)
    figure = new_figure(4.8)
    left, right = figure.subplots(1, 2)
    epoch = history["epoch"]
    for name, colour, marker, title in (
        ("train_loss", ORANGE, "s", "train"),
        ("validation_loss", BLUE, "o", "validation"),
    ):
        if name in history:
            left.plot(epoch, history[name], marker=marker, color=colour, label=title)
    left.set_title("loss")
    shown = False
    for name, colour, marker in _METRICS:
        if name == "micro_f1" and np.array_equal(history.get(name, 0), history.get("accuracy", 1)):
            continue  # of one label a text, the two are the same
        if name in history:
            shown = True
            right.plot(epoch, history[name], marker=marker, color=colour, label=METRIC_NAMES[name])
    right.set_title("on validation")
    for axes in (left, right):
        axes.axvline(epoch[best], color=GREY, linestyle=":", linewidth=1.4)
        axes.set_xlabel("epoch (dotted: kept)")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.legend(loc="best")
    if shown:
        right.legend(loc="best")
    return figure


def describe(context: ReportContext) -> str:
    """Say which epoch was kept by which metric, and whether training was too long or too short."""
    history, best, metric = _kept(context)
    epoch = history["epoch"]
    n = len(epoch)
    text = f"Kept: epoch {number(epoch[best], 1)} of {number(epoch[-1], 1)}"
    if metric is not None:
        text += f", validation {METRIC_NAMES[metric]} {number(history[metric][best])}"
    text += "."
    if n > 1 and best == n - 1:
        return text + " The last evaluation is the best: longer training might help."
    if "validation_loss" in history and n > 1:
        lowest = int(np.argmin(history["validation_loss"]))
        if lowest < n - 1:
            text += (
                f" Validation loss is lowest at epoch {number(epoch[lowest], 1)} and rises after: "
                "from there on the model overfits."
            )
    return text

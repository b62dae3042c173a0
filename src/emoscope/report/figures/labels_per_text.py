"""Number of labels per text, true and predicted."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.arrays import Ints
from emoscope.metrics.formatting import number, percent
from emoscope.report.context import ReportContext
from emoscope.report.style import BLUE, ORANGE, new_figure, styled


def _counts(context: ReportContext) -> list[Ints]:
    """Texts with 0, 1, 2... labels, true and predicted, (most + 1,) each."""
    held = [m.sum(axis=1) for m in (context.model.truth, context.model.predicted)]
    most = int(max(m.max() for m in held))
    return [np.bincount(m, minlength=most + 1).astype(np.int64) for m in held]


@styled
def draw(context: ReportContext) -> Figure:
    """Bars of the number of texts with 0, 1, 2... labels."""
    true, predicted = _counts(context)
    figure = new_figure(4.6)
    axes = figure.add_subplot()
    at = np.arange(len(true))
    for shift, values, colour, name in (
        (-0.2, true, ORANGE, "true"),
        (0.2, predicted, BLUE, "predicted"),
    ):
        bars = axes.bar(at + shift, values, width=0.38, color=colour, label=name)
        axes.bar_label(bars, [f"{v:,}" if v else "" for v in values], fontsize=11, padding=2)
    axes.set_xticks(at, [str(k) for k in at])
    axes.set_xlabel("labels a text")
    axes.set_ylabel("texts")
    axes.grid(visible=False, axis="x")
    axes.margins(y=0.12)
    axes.legend(loc="upper right")
    return figure


def describe(context: ReportContext) -> str:
    """Compare the means and say how many texts were given nothing."""
    true, predicted = _counts(context)
    at = np.arange(len(true))
    means = [(at * values).sum() / max(values.sum(), 1) for values in (true, predicted)]
    many = [values[2:].sum() / max(values.sum(), 1) for values in (true, predicted)]
    if abs(means[1] - means[0]) < 0.05:
        how = "as many labels as there are"
    else:
        how = "more labels than there are" if means[1] > means[0] else "fewer labels than there are"
    return (
        f"The model gives {how}: {number(means[1], 2)} a text against {number(means[0], 2)}; "
        f"{percent(many[1])} of the texts are given two or more ({percent(many[0])} have them), "
        f"{percent(predicted[0] / max(predicted.sum(), 1))} none."
    )

"""The micro-averaged precision-recall curve, with lines of equal F1 and the point chosen."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.evaluation.threshold_curves import PrecisionRecall
from emoscope.report.formatting import number
from emoscope.report.style import BLUE, GREY, LIGHT, VERMILLION, new_figure, styled


@styled
def draw(curve: PrecisionRecall, average_precision: float, chosen: tuple[float, float]) -> Figure:
    """Draw one curve over all text-label pairs; ``chosen`` is (recall, precision) of the policy."""
    figure = new_figure(6.2)
    axes = figure.add_subplot()
    x = np.linspace(0.01, 1.0, 400)
    for f1 in (0.2, 0.4, 0.6, 0.8):
        with np.errstate(divide="ignore", invalid="ignore"):
            y = f1 * x / (2 * x - f1)
        inside = (y > 0) & (y <= 1.0)
        axes.plot(x[inside], y[inside], color=LIGHT, linewidth=1.2, zorder=1)
        axes.text(1.01, f1 / (2 - f1), f"F1 {f1:.1f}", color=GREY, fontsize=11, va="center")
    axes.plot(
        curve.recall,
        curve.precision,
        color=BLUE,
        label=(f"all labels pooled, average precision {number(average_precision)}"),
    )
    axes.plot(
        *chosen,
        marker="D",
        markersize=10,
        color=VERMILLION,
        linestyle="none",
        label=(f"the policy: recall {number(chosen[0], 2)}, precision {number(chosen[1], 2)}"),
    )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("recall")
    axes.set_ylabel("precision")
    figure.legend(loc="outside upper left", ncols=1)
    return figure


def describe(curve: PrecisionRecall, average_precision: float, chosen: tuple[float, float]) -> str:
    """Say what the policy trades, and what recall a precision of 0.8 would leave."""
    good = curve.recall[curve.precision >= 0.8]
    left = (
        f"whoever needs a precision of 0.80 can have a recall of {number(float(good.max()), 2)}"
        if len(good)
        else "no single threshold reaches a precision of 0.80"
    )
    return (
        f"The policy finds {number(chosen[0] * 100, 0)} % of all true labels and is right in "
        f"{number(chosen[1] * 100, 0)} % of those it gives; with one threshold for all, {left}. "
        f"Average precision {number(average_precision)}."
    )

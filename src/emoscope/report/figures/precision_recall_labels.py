"""Precision-recall curves label by label, with average precision and the point chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from emoscope.arrays import Floats
from emoscope.evaluation.threshold_curves import PrecisionRecall
from emoscope.report.figures.label_panels import label_panels
from emoscope.report.formatting import joined, number
from emoscope.report.style import BLUE, GREY, VERMILLION, styled


@styled
def draw(
    labels: Sequence[str],
    curves: Sequence[PrecisionRecall],
    average_precision: Floats,
    recall: Floats,
    precision: Floats,
) -> Figure:
    """One panel a label; ``recall`` and ``precision`` (n_labels,) are those of the policy."""
    figure, panels = label_panels(labels, "recall", "precision")
    for j, axes in enumerate(panels):
        curve = curves[j]
        if not len(curve.recall):
            axes.text(0.5, 0.5, "no text", ha="center", va="center", color=GREY)
            continue
        axes.plot(curve.recall, curve.precision, color=BLUE, linewidth=1.6)
        axes.plot(recall[j], precision[j], "D", color=VERMILLION, markersize=6)
        # Where the curve leaves room: above a weak curve, below a strong one.
        strong = average_precision[j] > 0.5
        axes.text(
            0.06 if strong else 0.95,
            0.08 if strong else 0.92,
            number(average_precision[j], 2),
            ha="left" if strong else "right",
            va="bottom" if strong else "top",
        )
    handles = [
        Line2D([], [], color=BLUE),
        Line2D([], [], color=VERMILLION, marker="D", linestyle="none"),
    ]
    figure.legend(
        handles, ["curve, with its average precision", "the policy"], loc="upper left", ncols=2
    )
    return figure


def describe(
    labels: Sequence[str], average_precision: Floats, recall: Floats, precision: Floats
) -> str:
    """Name labels that rank well, and those that the policy gives too freely or too rarely."""
    known = np.flatnonzero(~np.isnan(average_precision))
    if not len(known):
        return "No label has a text, so there is no curve."
    order = known[np.argsort(-average_precision[known], kind="stable")]
    text = (
        f"Ranked best: {joined([labels[j] for j in order[:3]])}; "
        f"mean average precision {number(float(average_precision[known].mean()))}."
    )
    lopsided = known[np.argsort(recall[known] - precision[known], kind="stable")]
    free, rare = int(lopsided[-1]), int(lopsided[0])
    if recall[free] - precision[free] > 0.15:
        text += (
            f" {labels[free]} is given most freely (precision {number(precision[free], 2)} at "
            f"recall {number(recall[free], 2)})."
        )
    if precision[rare] - recall[rare] > 0.15:
        text += (
            f" {labels[rare]} is given most sparingly (recall {number(recall[rare], 2)} at "
            f"precision {number(precision[rare], 2)})."
        )
    return text

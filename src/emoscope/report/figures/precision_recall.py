"""Precision-recall curves, all labels pooled and label by label, with the points chosen."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from emoscope.arrays import Floats
from emoscope.evaluation.threshold_curves import PrecisionRecall, precision_recall_curve
from emoscope.metrics.formatting import joined, number
from emoscope.metrics.ranking import micro_average_precision
from emoscope.report.context import ReportContext
from emoscope.report.figures.label_panels import label_panels
from emoscope.report.style import BLUE, GREY, LIGHT, VERMILLION, new_figure, styled


def _pooled(context: ReportContext) -> tuple[PrecisionRecall, float, tuple[float, float]]:
    """The curve over all text-label pairs, its area, and (recall, precision) of the policy."""
    model = context.model
    hits, true, given = (
        float(m.sum()) for m in (model.truth & model.predicted, model.truth, model.predicted)
    )
    chosen = (hits / max(true, 1.0), hits / max(given, 1.0))
    curve = precision_recall_curve(model.truth, model.probabilities)
    return curve, micro_average_precision(model.truth, model.probabilities), chosen


@styled
def draw(context: ReportContext) -> Figure:
    """Draw one curve over all text-label pairs, with lines of equal F1 and the point chosen."""
    curve, average_precision, chosen = _pooled(context)
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


def describe(context: ReportContext) -> str:
    """Say what the policy trades, and what recall a precision of 0.8 would leave."""
    curve, average_precision, chosen = _pooled(context)
    good = curve.recall[curve.precision >= 0.8]
    left = (
        f"a precision of 0.80 leaves a recall of {number(float(good.max()), 2)}"
        if len(good)
        else "no single threshold reaches a precision of 0.80"
    )
    return (
        f"The policy finds {number(chosen[0] * 100, 0)} % of all true labels and is right in "
        f"{number(chosen[1] * 100, 0)} % of those it gives; with one threshold for all, {left}. "
        f"Average precision {number(average_precision)}."
    )


def _by_label(context: ReportContext) -> tuple[list[str], Floats, Floats, Floats]:
    """Labels, average precision, and the recall and precision of the policy, (n_panels,) each."""
    columns = context.panel_labels
    area = np.array([context.model.report.per_label[j].average_precision for j in columns])
    recall, precision = context.estimates.recall.value, context.estimates.precision.value
    return context.names(columns), area, recall[columns], precision[columns]


@styled
def draw_labels(context: ReportContext) -> Figure:
    """One panel a label, with its average precision and the point chosen."""
    labels, average_precision, recall, precision = _by_label(context)
    truth, probabilities = context.model.truth, context.model.probabilities
    curves = [
        precision_recall_curve(truth[:, j], probabilities[:, j], levels=60)
        for j in context.panel_labels
    ]
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


def describe_labels(context: ReportContext) -> str:
    """Name labels that rank well, and those that the policy gives too freely or too rarely."""
    labels, average_precision, recall, precision = _by_label(context)
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

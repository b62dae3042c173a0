"""Precision, recall and F1 of each label with their intervals, sorted by F1."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.metrics.formatting import interval, joined, number
from emoscope.report.context import ReportContext
from emoscope.report.style import BLUE, GREEN, GREY, VERMILLION, new_figure, short, styled


@styled
def draw(context: ReportContext) -> Figure:
    """Draw three columns with shared rows; the number of texts is written beside the name."""
    labels, support, estimates = context.model.labels, context.model.support, context.estimates
    order = np.argsort(np.nan_to_num(estimates.f1.value, nan=-1.0), kind="stable")
    figure = new_figure(1.3 + 0.31 * len(labels))
    rows = np.arange(len(labels))
    columns = (
        ("F1", estimates.f1, BLUE, "o"),
        ("precision", estimates.precision, VERMILLION, "s"),
        ("recall", estimates.recall, GREEN, "^"),
    )
    grid = figure.subplots(1, 3, sharey=True)
    tested = support[order] > 0
    for axes, (title, values, colour, marker) in zip(grid, columns, strict=True):
        of_row = values[order]
        axes.hlines(
            rows[tested],
            of_row.low[tested],
            of_row.high[tested],
            color=colour,
            alpha=0.35,
            linewidth=6,
        )
        axes.scatter(
            of_row.value[tested], rows[tested], s=42, color=colour, marker=marker, zorder=3
        )
        for row in rows[~tested]:
            axes.text(0.02, row, "no text" if title == "F1" else "", va="center", color=GREY)
        axes.set_title(title)
        axes.set_xlim(-0.03, 1.03)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", ".5", "", "1"])
    names = [f"{short(labels[j])} ({support[j]:,})" for j in order]
    grid[0].set_yticks(rows, names)
    grid[0].set_ylim(-0.7, len(labels) - 0.3)
    return figure


def describe(context: ReportContext) -> str:
    """Name the best and worst labels, and those with the widest interval or none."""
    labels, support, f1 = context.model.labels, context.model.support, context.estimates.f1
    tested = np.flatnonzero(support > 0)
    if not len(tested):
        return "No label has a text in this split, so none can be judged."
    order = tested[np.argsort(-f1.value[tested], kind="stable")]
    best = joined([f"{labels[j]} {number(f1.value[j], 2)}" for j in order[:3]])
    text = f"Best F1: {best}."
    if len(order) > 3:
        worst = joined([f"{labels[j]} {number(f1.value[j], 2)}" for j in order[::-1][:3]])
        text += f" Worst: {worst}."
    given = tested[~np.isnan(f1.low[tested])]
    if len(given):
        widest = int(given[int(np.argmax((f1.high - f1.low)[given]))])
        text += (
            f" The thick lines are 95 % intervals; the widest is that of {labels[widest]} "
            f"({interval(f1.low[widest], f1.high[widest], 2)} with {support[widest]:,} texts)."
        )
    few = [labels[j] for j in tested.tolist() if np.isnan(f1.low[j])]
    if few:
        text += f" Too few texts for an interval: {joined(few)}."
    absent = [labels[j] for j in np.flatnonzero(support == 0).tolist()]
    return text + (f" Without a text: {joined(absent)}." if absent else "")

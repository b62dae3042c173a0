"""Co-occurrence of labels, true and predicted."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.arrays import Ints
from emoscope.evaluation.error_analysis.label_confusions import count_pairs
from emoscope.metrics.formatting import joined
from emoscope.report.context import ReportContext
from emoscope.report.figures.heatmap import heat_map
from emoscope.report.style import new_figure, short, styled


def _pairs(context: ReportContext) -> tuple[list[str], Ints, Ints]:
    """Labels, and texts with both labels of each pair, true and predicted."""
    columns, model = context.matrix_labels, context.model
    true, predicted = (count_pairs(held[:, columns]) for held in (model.truth, model.predicted))
    return context.names(columns), true, predicted


@styled
def draw(context: ReportContext) -> Figure:
    """One matrix: below the diagonal true pairs, above it predicted ones.

    Colour is logarithmic, numbers are texts. A pair and its mirror image are to be compared.
    """
    labels, true, predicted = _pairs(context)
    n = len(labels)
    figure = new_figure(1.9 + 0.31 * n, width=11.0)
    axes = figure.add_subplot()
    joint = np.tril(true, -1) + np.triu(predicted, 1)
    values = np.log1p(joint.astype(np.float64))
    values[np.arange(n), np.arange(n)] = np.nan
    texts = np.where(joint > 0, joint.astype(str), "")
    heat_map(
        axes,
        values,
        texts,
        [short(label) for label in labels],
        labels,
        top=float(np.nanmax(values)) if n > 1 else 1.0,
        font=10 if n <= 30 else 7,
    )
    axes.plot([0, n], [0, n], color="#444444", linewidth=1.2)
    axes.set_xlabel("above the diagonal: texts PREDICTED to have both labels")
    axes.set_ylabel("below the diagonal: texts that TRULY have both")
    return figure


def describe(context: ReportContext) -> str:
    """Name the pairs most frequent in truth, and those predicted together too often."""
    labels, true, predicted = _pairs(context)
    n = len(labels)
    i, j = np.triu_indices(n, 1)
    real, given = true[i, j], predicted[i, j]
    if not real.any() and not given.any():
        return "No text has, or was given, two labels."
    often = np.argsort(-real, kind="stable")[:3]
    too_often = np.argsort(-(given - real), kind="stable")[:3]
    text = ""
    if real.any():
        named = [
            f"{labels[i[k]]} with {labels[j[k]]} ({real[k]:,}, predicted {given[k]:,})"
            for k in often
            if real[k]
        ]
        text = f"Most frequent together: {joined(named)}. "
    named = [
        f"{labels[i[k]]} with {labels[j[k]]} ({given[k]:,} against {real[k]:,})"
        for k in too_often
        if given[k] > real[k]
    ]
    if named:
        text += f"Predicted together too often: {joined(named)}."
    return text.strip()

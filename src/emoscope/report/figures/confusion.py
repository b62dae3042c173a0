"""Single-label: the confusion matrix."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.arrays import Ints
from emoscope.metrics.formatting import percent
from emoscope.metrics.single_label import confusion_matrix
from emoscope.report.context import ReportContext
from emoscope.report.figures.heatmap import heat_map
from emoscope.report.style import new_figure, short, styled


def _matrix(context: ReportContext) -> tuple[list[str], Ints]:
    columns = context.matrix_labels
    matrix = confusion_matrix(context.model.truth, context.model.predicted)
    return context.names(columns), matrix[np.ix_(columns, columns)]


@styled
def draw(context: ReportContext) -> Figure:
    """Rows are true labels and columns predicted ones; colour is the share of the row."""
    labels, matrix = _matrix(context)
    n = len(labels)
    figure = new_figure(2.2 + min(0.62, 9.0 / n) * n)
    axes = figure.add_subplot()
    support = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, support, out=np.zeros(matrix.shape), where=support > 0)
    roomy = n <= 12
    texts = np.full((n, n), "", dtype="<U16")
    for i, j in zip(*np.nonzero(matrix), strict=True):
        share = f"\n{100 * shares[i, j]:.0f} %" if roomy else ""
        texts[i, j] = f"{matrix[i, j]:,}{share}"
    names = [f"{short(label)} ({int(support[i, 0]):,})" for i, label in enumerate(labels)]
    heat_map(axes, shares, texts, names, labels, top=1.0, font=12 if roomy else 9)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true (texts)")
    return figure


def describe(context: ReportContext) -> str:
    """Name the two most frequent confusions and how many of all errors they are."""
    labels, matrix = _matrix(context)
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    total = int(wrong.sum())
    if not total:
        return "No text was confused."
    order = np.argsort(-wrong, axis=None, kind="stable")[:2]
    pairs = [(int(k) // len(labels), int(k) % len(labels)) for k in order if wrong.flat[k]]
    named = " and ".join(
        f"{labels[i]} taken for {labels[j]} ({wrong[i, j]:,} texts, "
        f"{percent(wrong[i, j] / total)} of all errors)"
        for i, j in pairs
    )
    return f"{total:,} of {int(matrix.sum()):,} texts are wrong; most often {named}."

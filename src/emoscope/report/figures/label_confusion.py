"""Multi-label: which label is predicted where another is true."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.arrays import Ints
from emoscope.evaluation.error_analysis.label_confusions import count_label_confusions
from emoscope.evaluation.intervals import FEW_TEXTS
from emoscope.metrics.formatting import joined, percent
from emoscope.report.context import ReportContext
from emoscope.report.figures.heatmap import heat_map
from emoscope.report.style import new_figure, short, styled

FOUND, NOTHING = "found", "nothing"


def _counts(context: ReportContext) -> tuple[list[str], Ints, Ints, Ints, Ints]:
    """Labels, their texts, and of these found, bare misses and confusions; see the function."""
    columns, model = context.matrix_labels, context.model
    found, nothing, confusions = count_label_confusions(model.truth, model.predicted)
    confusions = confusions[np.ix_(columns, columns)]
    names, support = context.names(columns), model.support[columns]
    return names, support, found[columns], nothing[columns], confusions


@styled
def draw(context: ReportContext) -> Figure:
    """Draw shares of the texts that truly have the row's label.

    A text can be wrongly given two labels, so a row may sum to more than one. Shares below 4.5 %
    are coloured but not written.
    """
    labels, support, found, nothing, confusions = _counts(context)
    n = len(labels)
    figure = new_figure(2.6 + 0.31 * n, width=11.0)
    axes = figure.add_subplot()
    part = np.column_stack([found, nothing, confusions]).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = part / support[:, None]
    shares[np.arange(n), np.arange(n) + 2] = np.nan  # the diagonal is no confusion
    often = shares[support >= FEW_TEXTS, 2:] if (support >= FEW_TEXTS).any() else shares[:, 2:]
    top = max(float(np.nanmax(np.nan_to_num(often))), 0.05)  # of six texts, one is 17 per cent
    values = np.insert(np.minimum(shares, top), 2, np.nan, axis=1)  # a gap beside the summary
    values[:, 0] = np.nan  # hits are no confusion: a number, no colour
    written = np.insert(shares, 2, np.nan, axis=1)
    texts = np.full(values.shape, "", dtype="<U4")
    for i, j in zip(*np.nonzero(np.nan_to_num(written) >= 0.045), strict=True):
        texts[i, j] = f"{100 * written[i, j]:.0f}"
    names = [f"{short(label, 18)} ({support[i]:,})" for i, label in enumerate(labels)]
    heat_map(
        axes,
        values,
        texts,
        names,
        [FOUND, NOTHING, "", *labels],
        top=top,
        font=10 if n <= 30 else 7,
    )
    axes.xaxis.tick_top()
    axes.set_xlabel("per cent of the texts with the true label, by what they were wrongly given")
    axes.set_ylabel("true label (texts)")
    return figure


def describe(context: ReportContext) -> str:
    """Name the most frequent confusions, and the label most often wrongly predicted."""
    labels, support, _, nothing, confusions = _counts(context)
    if not confusions.any():
        return "No label was predicted in place of another."
    order = np.argsort(-confusions, axis=None, kind="stable")[:3]
    n = len(labels)
    pairs = [
        f"{labels[int(k) // n]} as {labels[int(k) % n]} ({confusions.flat[k]:,})"
        for k in order
        if confusions.flat[k]
    ]
    frequent = int(np.argmax(confusions.sum(axis=0)))
    share = confusions[:, frequent].sum() / confusions.sum()
    return (
        f"Most frequent: {joined(pairs)}. {labels[frequent]} is wrongly predicted for other labels "
        f"most often ({percent(float(share))} of all confusions). In "
        f"{percent(float(nothing.sum() / max(support.sum(), 1)))} of the cases a label was missed "
        "and no wrong one given."
    )

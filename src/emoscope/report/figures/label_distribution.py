"""How many texts of each split have each label, on a logarithmic axis."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.arrays import Ints
from emoscope.evaluation.intervals import FEW_TEXTS
from emoscope.metrics.formatting import count, joined
from emoscope.report.context import ReportContext
from emoscope.report.style import LIGHT, MARKERS, SERIES, count_axis, new_figure, short, styled


def _counts(context: ReportContext) -> dict[str, Ints]:
    """Texts with each label by split, (n_labels,) each, of the splits that are available."""
    model, every = context.model, context.model.examples
    if every is not None:
        splits = [name for name in ("train", "validation", "test") if every.has_split(name)]
        return {name: every.split(name).labels.sum(axis=0).astype(np.int64) for name in splits}
    counts = {}
    if model.validation is not None and model.split != "validation":
        counts["validation"] = model.validation.truth.sum(axis=0).astype(np.int64)
    return {**counts, model.split: model.support}


@styled
def draw(context: ReportContext) -> Figure:
    """Draw the counts by split, the most frequent label on top."""
    labels, counts = context.model.labels, _counts(context)
    splits = list(counts)
    order = np.argsort(counts[splits[0]], kind="stable")
    figure = new_figure(1.6 + 0.3 * len(labels))
    axes = figure.add_subplot()
    rows = np.arange(len(labels))
    every = np.stack([counts[split][order] for split in splits])
    shown = np.maximum(every, 0.7)  # a logarithmic axis has no zero: drawn left of one
    axes.hlines(rows, shown.min(axis=0), shown.max(axis=0), color=LIGHT, linewidth=2, zorder=1)
    for i, split in enumerate(splits):
        axes.scatter(
            shown[i], rows, s=55, color=SERIES[i], marker=MARKERS[i], label=split, zorder=2
        )
    count_axis(axes.xaxis)
    axes.set_yticks(rows, [short(labels[j]) for j in order])
    axes.set_ylim(-0.7, len(labels) - 0.3)
    axes.set_xlabel("texts with the label (logarithmic; left of 1: none)")
    figure.legend(loc="outside upper left", ncols=len(splits), title=None)
    return figure


def describe(context: ReportContext) -> str:
    """Say how uneven the labels are and which have few texts in the judged split."""
    labels, counts, split = context.model.labels, _counts(context), context.model.split
    first = counts[next(iter(counts))]
    most, least = int(np.argmax(first)), int(np.argmin(first))
    few = [
        labels[j] for j in np.argsort(counts[split], kind="stable") if counts[split][j] < FEW_TEXTS
    ]
    text = (
        f"From {labels[most]} ({count(int(first[most]), 'text')} in {next(iter(counts))}) to "
        f"{labels[least]} ({int(first[least]):,})."
    )
    if not few:
        return f"{text} Every label has at least {FEW_TEXTS} texts in {split}."
    return (
        f"{text} {len(few)} of {len(labels)} labels have fewer than {FEW_TEXTS} texts in {split} "
        f"({joined(few)}): their metrics are uncertain."
    )

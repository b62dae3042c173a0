"""How many texts of each split have each label, on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from emoscope.arrays import Ints
from emoscope.evaluation.intervals import FEW_TEXTS
from emoscope.report.formatting import count, joined
from emoscope.report.style import LIGHT, MARKERS, SERIES, count_axis, new_figure, short, styled


@styled
def draw(labels: Sequence[str], counts: Mapping[str, Ints]) -> Figure:
    """Draw the counts by split, (n_labels,) each, the most frequent label on top."""
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


def describe(labels: Sequence[str], counts: Mapping[str, Ints], split: str) -> str:
    """Say how uneven the labels are and which have few texts in ``split``."""
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

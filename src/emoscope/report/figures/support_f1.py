"""F1 of each label against its number of texts."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.arrays import Ints
from emoscope.evaluation.intervals import Estimates
from emoscope.metrics.formatting import joined, number, signed
from emoscope.metrics.ranking import rank_correlation
from emoscope.report.context import ReportContext
from emoscope.report.figures.label_placement import name_points
from emoscope.report.style import BLUE, SKY, count_axis, new_figure, short, styled

MOST_NAMES = 60


def _measured(context: ReportContext) -> tuple[list[str], Ints, Estimates, str]:
    """Labels whose F1 was measured, their texts in train, their F1, and the split counted.

    Without train the texts of the judged split are counted.
    """
    model, f1 = context.model, context.estimates.f1
    support, split = model.support, model.split
    if model.examples is not None and model.examples.has_split("train"):
        support, split = model.examples.split("train").labels.sum(axis=0).astype(np.int64), "train"
    measured = np.flatnonzero(~np.isnan(f1.value))
    return context.names(measured), support[measured], f1[measured], split


@styled
def draw(context: ReportContext) -> Figure:
    """Scatter F1 with its interval over the number of texts on a logarithmic axis."""
    labels, support, f1, split = _measured(context)
    figure = new_figure(7.0)
    axes = figure.add_subplot()
    if not labels:
        axes.text(0.5, 0.5, "no label has a text", ha="center", transform=axes.transAxes)
        return figure
    at = np.maximum(support, 0.7).astype(np.float64)
    axes.vlines(at, f1.low, f1.high, color=SKY, alpha=0.45, linewidth=2, zorder=1)
    axes.scatter(at, f1.value, s=48, color=BLUE, zorder=3)
    axes.set_xlim(at.min() / 1.8, at.max() * 1.8)
    low, high = np.fmin(f1.low, f1.value).min(), np.fmax(f1.high, f1.value).max()
    axes.set_ylim(max(-0.03, float(low) - 0.1), min(1.03, float(high) + 0.1))
    count_axis(axes.xaxis)
    axes.set_xlabel(f"texts with the label in {split} (logarithmic)")
    axes.set_ylabel("F1 with 95 % interval")
    named = np.argsort(-support, kind="stable")[:MOST_NAMES]
    name_points(
        axes,
        [float(at[j]) for j in named],
        [float(f1.value[j]) for j in named],
        [short(labels[j]) for j in named],
    )
    return figure


def describe(context: ReportContext) -> str:
    """Say how far frequency explains F1, and which labels it does not explain."""
    labels, support, f1, _ = _measured(context)
    if len(labels) < 3 or np.ptp(support) == 0 or np.ptp(f1.value) == 0:
        return "Too few labels with a text, or all alike, to relate F1 to frequency."
    x = np.log(np.maximum(support, 1).astype(np.float64))
    rank = rank_correlation(x, f1.value)
    slope, offset = np.polyfit(x, f1.value, 1)
    beyond = f1.value - (slope * x + offset)
    order = np.argsort(beyond, kind="stable")
    above = joined([labels[j] for j in order[::-1][:3]])
    below = joined([labels[j] for j in order[:3]])
    strength = "hardly" if abs(rank) < 0.3 else "partly" if abs(rank) < 0.7 else "largely"
    return (
        f"Frequency {strength} explains F1 (rank correlation {signed(rank, 2)}). For their "
        f"frequency, {above} are easy; {below} are hard. A doubling of texts goes with "
        f"{signed(slope * np.log(2.0), 2)} F1; on average a label has {number(f1.value.mean())}."
    )

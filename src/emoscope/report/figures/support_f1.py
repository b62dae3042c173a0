"""F1 of each label against its number of texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from emoscope.arrays import Ints
from emoscope.evaluation.intervals import Estimates
from emoscope.metrics.ranking import rank_correlation
from emoscope.report.figures.label_placement import name_points
from emoscope.report.formatting import joined, number, signed
from emoscope.report.style import BLUE, SKY, count_axis, new_figure, short, styled

MOST_NAMES = 60


@styled
def draw(
    labels: Sequence[str],
    support: Ints,
    f1: Estimates,
    axis_name: str = "texts with the label in train",
) -> Figure:
    """Scatter F1 with its interval over ``support`` (n_labels,) on a logarithmic axis.

    Labels whose F1 was not measured are left out.
    """
    figure = new_figure(7.0)
    axes = figure.add_subplot()
    measured = np.flatnonzero(~np.isnan(f1.value))
    if not len(measured):
        axes.text(0.5, 0.5, "no label has a text", ha="center", transform=axes.transAxes)
        return figure
    labels, support, f1 = [labels[j] for j in measured.tolist()], support[measured], f1[measured]
    at = np.maximum(support, 0.7).astype(np.float64)
    axes.vlines(at, f1.low, f1.high, color=SKY, alpha=0.45, linewidth=2, zorder=1)
    axes.scatter(at, f1.value, s=48, color=BLUE, zorder=3)
    axes.set_xlim(at.min() / 1.8, at.max() * 1.8)
    low, high = np.fmin(f1.low, f1.value).min(), np.fmax(f1.high, f1.value).max()
    axes.set_ylim(max(-0.03, float(low) - 0.1), min(1.03, float(high) + 0.1))
    count_axis(axes.xaxis)
    axes.set_xlabel(f"{axis_name} (logarithmic)")
    axes.set_ylabel("F1 with 95 % interval")
    named = np.argsort(-support, kind="stable")[:MOST_NAMES]
    name_points(
        axes,
        [float(at[j]) for j in named],
        [float(f1.value[j]) for j in named],
        [short(labels[j]) for j in named],
    )
    return figure


def describe(labels: Sequence[str], support: Ints, f1: Estimates) -> str:
    """Say how far frequency explains F1, and which labels it does not explain."""
    measured = np.flatnonzero(~np.isnan(f1.value))
    labels, support, f1 = [labels[j] for j in measured.tolist()], support[measured], f1[measured]
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

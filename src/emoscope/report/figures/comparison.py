"""Comparison of runs: headline metrics above, differences of each label's F1 below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from emoscope.arrays import Rows
from emoscope.evaluation.intervals import Estimates
from emoscope.report.style import GREY, MARKERS, SERIES, bands, new_figure, short, styled


@styled
def draw(
    metric_names: Sequence[str],
    metrics: Mapping[str, Estimates],
    labels: Sequence[str],
    differences: Mapping[str, Estimates],
) -> Figure:
    """Draw runs in the order given, the first being the one that others are compared with.

    ``metrics``: run -> values (n_metrics,); ``differences``: run -> F1 minus the first run's
    (n_labels,), without the first.
    """
    runs = list(metrics)
    looks = {
        run: (SERIES[i % len(SERIES)], MARKERS[i % len(MARKERS)]) for i, run in enumerate(runs)
    }
    crowd = max(1.0, 0.55 + 0.25 * len(runs))
    above, below = 0.42 * crowd * len(metric_names), 0.3 * crowd * len(labels)
    figure = new_figure(2.0 + above + below)
    upper, lower = figure.subplots(2, 1, height_ratios=(above, below))
    _rows(upper, metrics, looks, np.arange(len(metric_names))[::-1])
    upper.set_yticks(np.arange(len(metric_names))[::-1], list(metric_names))
    upper.set_ylim(-0.6, len(metric_names) - 0.4)
    upper.set_title("metrics, with 95 % intervals")
    first = next(iter(differences.values())).value
    order = np.argsort(np.nan_to_num(first, nan=-np.inf), kind="stable")
    sorted_by_first = {run: values[order] for run, values in differences.items()}
    _rows(lower, sorted_by_first, looks, np.arange(len(labels)))
    lower.axvline(0.0, color=GREY, linewidth=1.2)
    lower.set_yticks(np.arange(len(labels)), [short(labels[j]) for j in order])
    lower.set_ylim(-0.7, len(labels) - 0.3)
    lower.set_title(f"F1 minus that of {short(runs[0], 40)} (right: better)")
    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle="none", markersize=8)
        for colour, marker in looks.values()
    ]
    figure.legend(handles, [short(run, 40) for run in runs], loc="outside upper left", ncols=2)
    return figure


def _rows(
    axes: Axes,
    series: Mapping[str, Estimates],
    looks: Mapping[str, tuple[str, str]],
    rows: Rows,
) -> None:
    """Dots with intervals, the runs of one row a little apart."""
    bands(axes, rows)
    shifts = np.linspace(0.22, -0.22, len(series)) if len(series) > 1 else np.zeros(1)
    for (run, values), shift in zip(series.items(), shifts, strict=True):
        colour, marker = looks[run]
        at = rows + shift
        axes.hlines(at, values.low, values.high, color=colour, alpha=0.35, linewidth=5)
        axes.scatter(values.value, at, s=36, color=colour, marker=marker, zorder=3)

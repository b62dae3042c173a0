"""The metric by length of text."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.evaluation.error_analysis.slices import metric_of
from emoscope.evaluation.intervals import Estimates
from emoscope.metrics.formatting import interval, number
from emoscope.metrics.names import METRIC_NAMES
from emoscope.report.context import ReportContext
from emoscope.report.style import BLUE, LIGHT, SKY, new_figure, styled


def _values(context: ReportContext) -> tuple[list[str], Estimates, str]:
    """Lengths in words, the metric at each with its interval, and the name of the metric."""
    parts = context.lengths
    ends = (np.array([getattr(p, end) for p in parts]) for end in ("value", "low", "high"))
    metric = METRIC_NAMES[metric_of(context.model.task)]
    return [part.name for part in parts], Estimates(*ends), metric


@styled
def draw(context: ReportContext) -> Figure:
    """Draw a metric with its interval over parts of the test set, and their sizes below."""
    names, values, metric = _values(context)
    n_texts = [part.n_texts for part in context.lengths]
    figure = new_figure(5.4)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    at = np.arange(len(names))
    upper.vlines(at, values.low, values.high, color=SKY, alpha=0.5, linewidth=7)
    upper.plot(at, values.value, "o-", color=BLUE, linewidth=1.4)
    upper.set_ylabel(metric)
    low = min(0.5, float(np.fmin(values.low, values.value).min()) - 0.05)
    high = float(np.fmax(values.high, values.value).max()) + 0.05
    upper.set_ylim(max(0.0, low), min(1.02, high))
    bars = lower.bar(at, n_texts, color=LIGHT)
    lower.bar_label(bars, [f"{n:,}" for n in n_texts], fontsize=11)
    lower.margins(y=0.35)
    lower.set_ylabel("texts")
    lower.set_xticks(at, names)
    lower.set_xlabel("words in the text")
    lower.grid(visible=False)
    return figure


def describe(context: ReportContext) -> str:
    """Name the best and the worst length, and whether their intervals overlap."""
    names, values, metric = _values(context)
    if len(names) < 2:
        return "All texts are about as long."
    best, worst = int(np.nanargmax(values.value)), int(np.nanargmin(values.value))
    apart = values.low[best] > values.high[worst]
    if np.isnan([values.low[best], values.low[worst]]).any():
        return (
            f"{metric} is highest for texts of {names[best]} words "
            f"({number(values.value[best])}) and lowest for {names[worst]} "
            f"({number(values.value[worst])}); there are too few texts for intervals."
        )
    return (
        f"{metric} is highest for texts of {names[best]} words ({number(values.value[best])}, 95 % "
        f"interval {interval(values.low[best], values.high[best])}) and lowest for {names[worst]} "
        f"({number(values.value[worst])}, {interval(values.low[worst], values.high[worst])}); "
        f"these intervals {'do not overlap' if apart else 'overlap, so it may be chance'}."
    )

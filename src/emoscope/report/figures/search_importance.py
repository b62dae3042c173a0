"""Importance of the searched keys, with what chance makes of it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from emoscope.evaluation.search_result import SearchResult, short_keys
from emoscope.metrics.formatting import joined
from emoscope.report.style import BLUE, GREY, VERMILLION, new_figure, styled


@styled
def draw(result: SearchResult) -> Figure:
    """Draw a bar a key; needs importances."""
    found = result.importances[::-1]  # the largest on top
    names = short_keys(result.space)
    rows = np.arange(len(found))
    figure = new_figure(1.9 + 0.42 * len(found))
    axes = figure.subplots()
    axes.grid(visible=False, axis="y")
    sure = [each.low > each.chance for each in found]
    colours = [BLUE if each else GREY for each in sure]
    axes.barh(rows, [each.value for each in found], color=colours, height=0.55, alpha=0.75)
    low, high = ([each.low for each in found], [each.high for each in found])
    axes.hlines(rows, low, high, color="black", linewidth=2)
    axes.scatter(
        [each.chance for each in found], rows, marker="|", s=260, linewidths=2.5, color=VERMILLION
    )
    axes.set_yticks(rows, [names[each.key] for each in found])
    axes.set_xlim(0.0, 1.02)
    axes.set_xlabel("importance (all keys together 1)")
    handles = [
        Line2D([], [], color="black", linewidth=2),
        Line2D([], [], color=VERMILLION, marker="|", markersize=14, markeredgewidth=2.5, ls="none"),
    ]
    meant = ["95 % when figures move by chance", "95 % of pure noise is left of this"]
    figure.legend(handles, meant, loc="outside upper left", ncols=2)
    return figure


def describe(result: SearchResult) -> str:
    """Say which keys matter for sure, and how that is meant."""
    names = short_keys(result.space)
    sure = [names[each.key] for each in result.importances if each.low > each.chance]
    verdict = (
        f"More than chance: {joined(sure)}."
        if sure
        else "None of them is more than chance would give: more trials would be needed."
    )
    return (
        "How far the values of the best trials differ from those of all (PED-ANOVA). The black "
        "line is where a bar may lie when each figure moves as seeds and texts move it; a bar is "
        f"a finding where that line is right of the red mark. {verdict}"
    )

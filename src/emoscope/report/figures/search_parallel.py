"""Parallel coordinates: the values of each trial as a line that ends in its figure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from emoscope.evaluation.search_result import SearchResult, short_keys, shown_value
from emoscope.metrics.formatting import number
from emoscope.metrics.names import METRIC_NAMES
from emoscope.report.style import BLUE, GREY, LIGHT, VERMILLION, new_figure, plain_axes, styled

_ABSENT = -0.14
"""Height of a key that a trial does not have."""
_APART = 0.06
"""Height that lines through one value take together, in the order of their figures."""


@dataclass(frozen=True)
class _Scale:
    """From a value to a height in [0, 1], and what is written where."""

    dimension: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """The values of a list as written."""
        return [json.dumps(value) for value in self.dimension.get("values", ())]

    def height(self, value: Any, apart: float = 0.0) -> float:
        """Where ``value`` stands; lines that meet in a value of a list are kept ``apart``."""
        if self.names:
            return self.names.index(json.dumps(value)) / max(len(self.names) - 1, 1) + apart
        low, high = self.dimension["low"], self.dimension["high"]
        if self.dimension.get("log"):
            value, low, high = (math.log(each) for each in (value, low, high))
        return float((value - low) / (high - low))

    @property
    def marks(self) -> list[tuple[float, str]]:
        """Heights and what stands there."""
        if self.names:
            return [(self.height(v), shown_value(v)) for v in self.dimension["values"]]
        low, high = self.dimension["low"], self.dimension["high"]
        middle = math.sqrt(low * high) if self.dimension.get("log") else (low + high) / 2
        middle = round(middle) if isinstance(low, int) else middle
        return [(self.height(v), shown_value(v)) for v in (low, middle, high)]


@styled
def draw(result: SearchResult) -> Figure:
    """Draw complete trials over the searched keys; needs one."""
    keys = short_keys(result.space)
    figure = new_figure(5.2)
    axes = figure.subplots()
    plain_axes(axes)
    axes.set_xlim(-0.25, len(keys) + 0.45)
    axes.set_yticks([])
    axes.set_xticks(
        range(len(keys) + 1), [*map(_folded, keys.values()), METRIC_NAMES[result.metric]]
    )
    axes.xaxis.tick_top()
    axes.tick_params(labelsize=11 if len(keys) < 7 else 9)
    scales = [_Scale(dimension) for dimension in result.space.values()]
    values = np.array([trial.value for trial in result.complete])
    low, high = float(values.min()), float(values.max())
    is_absent = any(len(trial.values) < len(keys) for trial in result.complete)
    axes.set_ylim((_ABSENT if is_absent else 0.0) - 0.06, 1.06)
    if is_absent:
        axes.text(-0.2, _ABSENT, "not\nsearched", fontsize=9, color=GREY, ha="right", va="center")
    tied = {trial.number for trial in result.tied}
    best = result.best
    for trial in sorted(result.complete, key=lambda t: (t.number in tied, t is best)):
        end = ((trial.value or 0.0) - low) / (high - low) if high > low else 0.5
        apart = _APART * (end - 0.5)
        heights = [
            scale.height(trial.values[key], apart) if key in trial.values else _ABSENT + apart
            for key, scale in zip(keys, scales, strict=True)
        ]
        colour, width = (LIGHT, 1.2) if trial.number not in tied else (BLUE, 1.4)
        if trial is best:
            colour, width = VERMILLION, 2.6
        axes.plot(range(len(keys) + 1), [*heights, end], color=colour, linewidth=width, alpha=0.9)
    for at, scale in enumerate(scales):
        _axis(axes, at, scale.marks)
    _axis(axes, len(keys), [(0.0, number(low, 4)), (1.0, number(high, 4))])
    handles = [Line2D([], [], color=c, linewidth=2.4) for c in (VERMILLION, BLUE, LIGHT)]
    names = ["best", "may be as good", "behind"]
    figure.legend(handles, names, loc="outside lower left", ncols=3)
    return figure


def describe(result: SearchResult) -> str:
    """Say between which values the trials lie that may be the best."""
    keys = short_keys(result.space)
    parts = []
    for key, dimension in result.space.items():
        found = [trial.values[key] for trial in result.tied if key in trial.values]
        if not found:
            continue
        if "values" in dimension:
            kept = [value for value in dimension["values"] if value in found]
            text = ", ".join(map(shown_value, kept))
        else:
            text = f"{shown_value(min(found))} to {shown_value(max(found))}"
        parts.append(f"{keys[key]} {text}")
    return (
        "A line is a trial, from the value of each key to its figure. Trials that may be the best "
        f"have {'; '.join(parts)}."
    )


def _axis(axes: Axes, at: int, marks: list[tuple[float, str]]) -> None:
    axes.vlines(at, 0.0, 1.0, color=GREY, linewidth=1.2, zorder=4)
    for height, text in marks:
        axes.annotate(
            text,
            (at, height),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=10,
            zorder=5,
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},
        )


def _folded(name: str) -> str:
    """A long name on several lines."""
    return name.replace("_", "_\n").replace(".", ".\n") if len(name) > 10 else name

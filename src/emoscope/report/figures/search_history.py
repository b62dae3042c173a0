"""A search trial by trial: each figure with what chance may add to it, and the best so far."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from emoscope.evaluation.search_result import SearchResult
from emoscope.metrics.formatting import count, number
from emoscope.metrics.names import METRIC_NAMES
from emoscope.report.style import BLACK, BLUE, GREY, LIGHT, ORANGE, VERMILLION, new_figure, styled


@styled
def draw(result: SearchResult) -> Figure:
    """Draw trials by number; needs a complete one."""
    figure = new_figure(4.6)
    axes = figure.subplots()
    low, high = _limits(result)
    _trials(axes, result, low)
    values = [trial.value or 0.0 for trial in result.complete]
    numbers = [trial.number for trial in result.complete]
    so_far = np.maximum.accumulate(values)
    axes.step(numbers, so_far, where="post", color=BLACK, linewidth=1.2, label="best so far")
    axes.axhline(float(so_far[-1]), color=BLUE, linewidth=1.0, linestyle=":")
    own = result.complete[0]
    if result.starts_with_recipe and own.number == 0 and own.value is not None:
        axes.axhline(
            max(own.value, low), color=ORANGE, linewidth=1.2, linestyle="--", label="recipe"
        )
    axes.set_ylim(low - 0.04 * (high - low), high)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("trial")
    axes.set_ylabel(f"{METRIC_NAMES[result.metric]} on validation")
    figure.legend(loc="outside upper left", ncols=6, fontsize=11, columnspacing=1.2)
    return figure


def describe(result: SearchResult) -> str:
    """Say what the bars are and how many reach the best."""
    best = result.best
    top = "" if best is None else f"trial {best.number} with {number(best.value, 4)}"
    others = len(result.tied) - 1
    reach = (
        f"The bars of {count(others, 'other trial')} reach it: chance may be all that is between "
        "them."
        if others > 0
        else "No other bar reaches it."
    )
    return (
        f"The dotted line is the best, {top}. A bar is what chance, seeds and the sample of texts "
        f"together, may add to a trial against the best one (two standard errors). {reach} Small "
        "dots are single seeds."
    )


def _trials(axes: Axes, result: SearchResult, low: float) -> None:
    tied = {trial.number for trial in result.tied}
    for is_tied, colour, name in (
        (True, BLUE, "may be the best"),
        (False, GREY, "behind"),
    ):
        group = [trial for trial in result.complete if (trial.number in tied) is is_tied]
        if not group:
            continue
        at = [trial.number for trial in group]
        values = np.array([max(trial.value or 0.0, low) for trial in group])
        doubts = np.array([result.doubt(trial) for trial in group])
        axes.vlines(at, values, values + doubts, color=colour, alpha=0.35, linewidth=3)
        axes.scatter(at, values, s=36, color=colour, zorder=3, label=name)
    for trial in result.complete:
        if len(trial.by_seed) > 1:
            seeds = [max(value, low) for value in trial.by_seed]
            axes.scatter([trial.number] * len(seeds), seeds, s=9, color=VERMILLION, zorder=4)
    for state, marker, name in (("pruned", "x", "ended early"), ("failed", "v", "failed")):
        group = [trial for trial in result.trials if trial.state == state]
        if group:
            colour = VERMILLION if state == "failed" else LIGHT
            axes.scatter(
                [trial.number for trial in group],
                [max(trial.value or low, low) for trial in group],
                s=36, color=colour, marker=marker, zorder=2, label=name,
            )  # fmt: skip


def _limits(result: SearchResult) -> tuple[float, float]:
    """Axis from what is not hopeless to the highest bar; lower figures stand at the edge."""
    values = np.array([trial.value for trial in result.complete])
    top = float(values.max())
    usual = 3.0 * (top - float(np.median(values)))
    high = max(float(t.value or 0.0) + result.doubt(t) for t in result.complete)
    low = max(float(values.min()), top - usual) if usual else float(values.min())
    gap = 0.05 * max(high - low, 1e-4)
    return low - gap, max(high, top) + gap

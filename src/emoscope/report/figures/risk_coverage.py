"""Single-label: accuracy and coverage when texts below a probability are not answered."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.arrays import Floats
from emoscope.evaluation.threshold_curves import GRID, risk_coverage_curve
from emoscope.metrics.formatting import number, percent
from emoscope.report.context import ReportContext
from emoscope.report.style import BLUE, GREY, ORANGE, VERMILLION, new_figure, styled


def _curve(context: ReportContext) -> tuple[Floats, Floats]:
    """Accuracy of the answers and share answered at each threshold of the grid."""
    model = context.model
    top = model.probabilities.max(axis=1).astype(np.float64)
    right = model.truth[np.arange(len(top)), model.probabilities.argmax(axis=1)]
    return risk_coverage_curve(right, top, GRID)


@styled
def draw(context: ReportContext) -> Figure:
    """Draw accuracy of the answers and share answered over the least probability to answer."""
    accuracy, answered = _curve(context)
    chosen = float(context.model.policy.thresholds.max())
    figure = new_figure(5.0)
    axes = figure.add_subplot()
    axes.plot(GRID, accuracy, color=BLUE, label="accuracy of the answers")
    axes.plot(GRID, answered, "--", color=ORANGE, label="share of the texts answered")
    if chosen > 0:
        axes.axvline(chosen, color=VERMILLION, linewidth=1.4, label=f"chosen: {number(chosen, 2)}")
    else:
        axes.plot([], [], color=GREY, linestyle="none", label="the policy always answers")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("least probability of the most probable label")
    axes.legend(loc="lower left")
    return figure


def describe(context: ReportContext) -> str:
    """Give the accuracy without the least certain tenth of the texts."""
    accuracy, answered = _curve(context)
    enough = np.flatnonzero(answered >= 0.9)
    at = int(enough[-1])
    return (
        f"Answering every text gives accuracy {number(accuracy[0])}; not answering below a "
        f"probability of {number(GRID[at], 2)} answers {percent(answered[at])} of them with "
        f"accuracy {number(accuracy[at])}."
    )

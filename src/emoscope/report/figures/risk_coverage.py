"""Single-label: how right the model is when it may say nothing below a probability."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from emoscope.report.formatting import number, percent
from emoscope.report.style import BLUE, GREY, ORANGE, VERMILLION, new_figure, styled

Vector = npt.NDArray[np.float64]


@styled
def draw(thresholds: Vector, accuracy: Vector, answered: Vector, chosen: float) -> Figure:
    """Draw accuracy of the answers and share answered over the least probability to answer."""
    figure = new_figure(5.0)
    axes = figure.add_subplot()
    axes.plot(thresholds, accuracy, color=BLUE, label="accuracy of the answers")
    axes.plot(thresholds, answered, "--", color=ORANGE, label="share of the texts answered")
    if chosen > 0:
        axes.axvline(chosen, color=VERMILLION, linewidth=1.4, label=f"chosen: {number(chosen, 2)}")
    else:
        axes.plot([], [], color=GREY, linestyle="none", label="the policy always answers")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("least probability of the most probable label")
    axes.legend(loc="lower left")
    return figure


def read(thresholds: Vector, accuracy: Vector, answered: Vector) -> str:
    """Say what silence on the least certain tenth would bring."""
    enough = np.flatnonzero(answered >= 0.9)
    at = int(enough[-1])
    return (
        f"Answering every text gives accuracy {number(accuracy[0])}; keeping silent below a "
        f"probability of {number(thresholds[at], 2)} answers {percent(answered[at])} of them with "
        f"accuracy {number(accuracy[at])}."
    )


def sweep_answers(
    right: npt.NDArray[np.bool_], top: Vector, thresholds: Vector
) -> tuple[Vector, Vector]:
    """Accuracy of the answers and share answered at each threshold, (n_thresholds,) each.

    ``right`` and ``top`` (n_texts,): whether the most probable label is true, and its probability.
    Accuracy is NaN where nothing is answered.
    """
    kept = top[None, :] >= thresholds[:, None]
    n_kept = kept.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = (kept & right[None, :]).sum(axis=1) / n_kept
    return np.asarray(accuracy), n_kept / len(top)

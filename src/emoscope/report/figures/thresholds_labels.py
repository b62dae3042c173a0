"""F1 across thresholds label by label, with the threshold chosen for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from emoscope.arrays import Floats
from emoscope.evaluation.threshold_curves import Sweep
from emoscope.report.figures.label_panels import label_panels
from emoscope.report.formatting import number
from emoscope.report.style import BLUE, GREY, ORANGE, VERMILLION, styled

_COLOURS = {"validation": BLUE, "test": ORANGE, "train": GREY}


@styled
def draw(labels: Sequence[str], sweeps: Mapping[str, Sweep], thresholds: Floats) -> Figure:
    """One panel a label with a curve a split; ``thresholds`` (n_labels,) are those chosen."""
    figure, panels = label_panels(labels, "threshold", "F1")
    for j, axes in enumerate(panels):
        seen = False
        for name, sweep in sweeps.items():
            values = sweep.per_label[:, j]
            if np.isnan(values).all():
                continue
            seen = True
            axes.plot(sweep.thresholds, values, color=_COLOURS[name], linewidth=1.6)
        if not seen:
            axes.text(0.5, 0.5, "no text", ha="center", va="center", color=GREY)
        axes.axvline(thresholds[j], color=VERMILLION, linewidth=1.4, linestyle="--")
    handles = [Line2D([], [], color=_COLOURS[name]) for name in sweeps]
    handles.append(Line2D([], [], color=VERMILLION, linestyle="--"))
    figure.legend(handles, [*sweeps, "chosen"], loc="upper left", ncols=len(handles))
    return figure


def describe(labels: Sequence[str], thresholds: Floats, method: str) -> str:
    """Say how the thresholds were chosen and between what they lie."""
    low, high = int(np.argmin(thresholds)), int(np.argmax(thresholds))
    if np.ptp(thresholds) < 1e-9:
        return f"One threshold for all labels, {number(thresholds[0], 2)} (method {method})."
    return (
        f"The thresholds (method {method}, chosen on validation) lie between "
        f"{number(thresholds[low], 2)} for {labels[low]} and {number(thresholds[high], 2)} for "
        f"{labels[high]}; a flat curve around the line means that the choice hardly matters."
    )

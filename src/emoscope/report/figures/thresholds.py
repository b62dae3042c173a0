"""F1 across thresholds, one for all labels and label by label, with what the policy chose."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from emoscope.metrics.formatting import number, signed
from emoscope.report.context import ReportContext
from emoscope.report.figures.label_panels import label_panels
from emoscope.report.style import BLUE, GREY, ORANGE, VERMILLION, new_figure, styled

_LINES = {"validation": "-", "test": "--", "train": ":"}


@styled
def draw(context: ReportContext) -> Figure:
    """Draw macro- and micro-F1 by split over one threshold for all labels.

    Beside them are the values that the policy reaches, and its threshold if it is one for all.
    """
    sweeps, split, headline = context.sweeps, context.model.split, context.model.report.headline
    chosen = context.model.policy.thresholds
    common = float(chosen[0]) if np.ptp(chosen) < 1e-9 else None
    figure = new_figure(5.6)
    axes = figure.add_subplot()
    for name, sweep in sweeps.items():
        for values, colour, metric in (
            (sweep.micro, VERMILLION, "micro"),
            (sweep.macro, BLUE, "macro"),
        ):
            axes.plot(
                sweep.thresholds, values, _LINES[name], color=colour, label=f"{metric}-F1, {name}"
            )
    for value, colour, metric in (
        (headline["micro_f1"], VERMILLION, "micro"),
        (headline["macro_f1"], BLUE, "macro"),
    ):
        axes.axhline(value, color=colour, linewidth=1, alpha=0.7)
        axes.text(
            0.995,
            value + 0.008,
            f"the policy, {metric}, {split}: {number(value)}",
            ha="right",
            color=colour,
            fontsize=11,
        )
    at, name = (0.5, "0.5") if common is None else (common, f"chosen: {number(common, 2)}")
    axes.axvline(at, color=GREY, linewidth=1, linestyle=":")
    axes.text(at + 0.008, 0.01, name, color=GREY, fontsize=11)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, None)
    axes.set_xlabel("one threshold for all labels (calibrated probability)")
    axes.set_ylabel("F1")
    figure.legend(loc="outside upper left", ncols=len(sweeps))
    return figure


def describe(context: ReportContext) -> str:
    """Say what the best common threshold on validation gives on the judged split."""
    sweeps, split = context.sweeps, context.model.split
    reached = context.model.report.headline["macro_f1"]
    own = sweeps[split]
    half = int(np.argmin(np.abs(own.thresholds - 0.5)))
    text = (
        f"A threshold of 0.5 for all labels reaches macro-F1 {number(own.macro[half])} on {split}, "
        f"the policy {number(reached)} ({signed(reached - own.macro[half])})."
    )
    if "validation" in sweeps and split != "validation":
        best = int(np.argmax(sweeps["validation"].macro))
        text += (
            f" The common threshold that is best on validation, {number(own.thresholds[best], 2)}, "
            f"reaches {number(own.macro[best])}."
        )
    return text


_COLOURS = {"validation": BLUE, "test": ORANGE, "train": GREY}


@styled
def draw_labels(context: ReportContext) -> Figure:
    """One panel a label with a curve a split, and the threshold chosen."""
    columns, sweeps = context.panel_labels, context.sweeps
    labels, thresholds = context.names(columns), context.model.policy.thresholds[columns]
    figure, panels = label_panels(labels, "threshold", "F1")
    for j, axes in enumerate(panels):
        seen = False
        for name, sweep in sweeps.items():
            values = sweep.per_label[:, columns[j]]
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


def describe_labels(context: ReportContext) -> str:
    """Say how the thresholds were chosen and between what they lie."""
    columns, policy = context.panel_labels, context.model.policy
    labels, method = context.names(columns), policy.method
    thresholds = policy.thresholds[columns]
    low, high = int(np.argmin(thresholds)), int(np.argmax(thresholds))
    if np.ptp(thresholds) < 1e-9:
        return f"One threshold for all labels, {number(thresholds[0], 2)} (method {method})."
    return (
        f"The thresholds (method {method}, chosen on validation) lie between "
        f"{number(thresholds[low], 2)} for {labels[low]} and {number(thresholds[high], 2)} for "
        f"{labels[high]}; a flat curve around the line means that the choice hardly matters."
    )

"""Calibration: the reliability diagram with its calibration error."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.decisions import plain_policy
from emoscope.evaluation.intervals import share_estimates
from emoscope.metrics import ReliabilityBins, reliability_bins, top_label_bins
from emoscope.metrics.formatting import number
from emoscope.report.context import ReportContext
from emoscope.report.style import BLUE, GREY, LIGHT, VERMILLION, count_axis, new_figure, styled


def _bins(context: ReportContext) -> tuple[ReliabilityBins, ReliabilityBins | None, str]:
    """Bins, the same without the policy's calibration where it has one, and what is binned."""
    model = context.model
    single = model.task == "single_label"
    bins = top_label_bins if single else reliability_bins
    plain = None
    if model.policy.calibration.kind != "none":
        raw = plain_policy(model.labels, model.task).probabilities(model.evaluation.scores)
        plain = bins(model.truth, raw)
    what = "texts" if single else "text-label pairs"
    return bins(model.truth, model.probabilities), plain, what


@styled
def draw(context: ReportContext) -> Figure:
    """Draw observed rates over mean probabilities, and below how many there are of each."""
    calibrated, plain, what = _bins(context)
    figure = new_figure(7.4)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    upper.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":")
    for bins, colour, marker, name in (
        (plain, VERMILLION, "s", "without calibration"),
        (calibrated, BLUE, "o", "calibrated by the policy"),
    ):
        if bins is None:
            continue
        full = bins.count > 0
        rate = share_estimates(
            bins.observed_rate[full] * bins.count[full], bins.count[full].astype(float)
        )
        x = bins.mean_probability[full]
        upper.vlines(x, rate.low, rate.high, color=colour, alpha=0.35, linewidth=5)
        upper.plot(
            x,
            rate.value,
            marker=marker,
            color=colour,
            markersize=7,
            linewidth=1.4,
            label=(f"{name}: calibration error {number(bins.calibration_error)}"),
        )
    upper.set_ylim(-0.02, 1.02)
    upper.set_ylabel("observed rate")
    upper.legend(loc="upper left")
    middles = (calibrated.lower + calibrated.upper) / 2.0
    lower.bar(
        middles,
        calibrated.count,
        width=0.9 * (calibrated.upper - calibrated.lower),
        color=LIGHT,
        edgecolor=GREY,
    )
    count_axis(lower.yaxis)
    lower.set_ylabel(what)
    lower.set_xlabel("probability")
    lower.set_xlim(0, 1)
    return figure


def describe(context: ReportContext) -> str:
    """Say whether probabilities are too high or too low, and what calibration changed."""
    calibrated, plain, what = _bins(context)
    full = calibrated.count > 0
    gap = (calibrated.observed_rate - calibrated.mean_probability)[full]
    weight = np.where(calibrated.mean_probability[full] >= 0.2, calibrated.count[full], 0)
    lean = float((gap * weight).sum() / weight.sum()) if weight.sum() else 0.0
    error = calibrated.calibration_error
    tone = "are calibrated" if abs(lean) < 0.03 else "are too high" if lean < 0 else "are too low"
    text = f"Probabilities from 0.2 on {tone}: calibration error {number(error)} over all {what}"
    if plain is not None:
        text += f", against {number(plain.calibration_error)} before calibration"
    return text + ". The closer to the dotted line the better; thick lines are 95 % intervals."

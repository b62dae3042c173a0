"""One rater's F1, two raters' agreement, and the model's F1, label by label."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from emoscope.arrays import Floats, Rows
from emoscope.evaluation.annotator_agreement import HumanReference
from emoscope.evaluation.intervals import FEW_TEXTS, Estimates
from emoscope.metrics.formatting import joined, number
from emoscope.report.style import BLUE, GREEN, ORANGE, bands, new_figure, short, styled


@styled
def draw(human: HumanReference, model: Estimates | None) -> Figure:
    """Draw F1 with intervals, sorted by the rater's; ``model`` (n_labels,) in the same labels.

    In brackets are, for each label, the ratings of texts that have it in the released labels. Two
    raters are compared where at least :data:`FEW_TEXTS` ratings of texts rated twice have it.
    """
    rater, pair, labels = human.against_released.f1, human.between_raters, human.taxonomy.labels
    support = human.against_released.support
    pair_f1 = None if pair is None else pair.f1.where(pair.support >= FEW_TEXTS)
    order = np.argsort(np.nan_to_num(rater.value, nan=-1.0), kind="stable")
    figure = new_figure(1.7 + 0.34 * len(labels))
    axes = figure.add_subplot()
    rows = np.arange(len(labels))
    bands(axes, rows)
    series = [
        ("one rater against the released labels", rater, GREEN, "o", 0.22),
        ("two raters against each other", pair_f1, ORANGE, "s", -0.22),
        ("the model against the released labels", model, BLUE, "D", 0.0),
    ]
    for name, values, colour, marker, shift in series:
        if values is None:
            continue
        of_row = values[order]
        axes.hlines(rows + shift, of_row.low, of_row.high, color=colour, alpha=0.35, linewidth=4)
        axes.scatter(
            of_row.value, rows + shift, s=34, color=colour, marker=marker, label=name, zorder=3
        )
    names = [f"{short(labels[j])} ({int(support[j]):,})" for j in order]
    axes.set_yticks(rows, names)
    axes.set_ylim(-0.7, len(labels) - 0.3)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("F1 with 95 % interval; in brackets, ratings of texts with the label")
    figure.legend(loc="outside upper left", ncols=1)
    return figure


def describe(human: HumanReference, model: Estimates | None) -> str:
    """Say where the model is behind a rater, where ahead, and which labels have few ratings."""
    rater, labels = human.against_released.f1, human.taxonomy.labels
    support = human.against_released.support
    pair_support = None if human.between_raters is None else human.between_raters.support
    known = np.flatnonzero(support > 0)
    few = [labels[j] for j in known.tolist() if support[j] < FEW_TEXTS]
    text = (
        f"Raters agree most on {joined([labels[j] for j in _top(rater.value, known)])}, least on "
        f"{joined([labels[j] for j in _top(-rater.value, known)])}."
    )
    if model is not None:
        gap = model.value - rater.value
        behind = known[model.high[known] < rater.low[known]]
        ahead = known[model.low[known] > rater.high[known]]

        def named(among: Rows, by: Floats) -> str:
            return joined(
                [
                    f"{labels[j]} ({number(model.value[j], 2)} against {number(rater.value[j], 2)})"
                    for j in _top(by, among, len(among))
                ],
                4,
            )

        text += (
            f" The model is clearly behind the rater on {named(behind, -gap)}; clearly ahead on "
            f"{named(ahead, gap)}."
        )
    if pair_support is not None and (pair_support < FEW_TEXTS).any():
        compared = int((pair_support >= FEW_TEXTS).sum())
        text += (
            f" Two raters are set against each other for the {compared} of {len(labels)} labels "
            f"with at least {FEW_TEXTS} ratings among texts rated twice."
        )
    if few:
        text += f" {len(few)} labels have fewer than {FEW_TEXTS} ratings: {joined(few)}."
    return text


def _top(values: Floats, among: Rows, most: int = 3) -> Rows:
    return among[np.argsort(-values[among], kind="stable")[:most]]

"""The figures of a report, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from emoscope.report.context import NO_TEXTS, ReportContext
from emoscope.report.figures import (
    confusion,
    cooccurrence,
    history,
    label_confusion,
    label_distribution,
    labels_per_text,
    length,
    per_label,
    precision_recall,
    reliability,
    risk_coverage,
    support_f1,
    thresholds,
)
from emoscope.report.figures.specification import FigureSpecification
from emoscope.taxonomy import Task

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class _Entry(NamedTuple):
    """A figure: its title, how it is drawn and described, and for which task; None is both."""

    title: str
    draw: Callable[[ReportContext], Figure]
    describe: Callable[[ReportContext], str]
    task: Task | None = None


def _of(title: str, module: ModuleType, task: Task | None = None) -> _Entry:
    return _Entry(title, module.draw, module.describe, task)


FIGURES = {
    "per_label": _of("Precision, recall and F1 by label", per_label),
    "support_f1": _of("F1 by label frequency", support_f1),
    "confusion": _of("Confusion matrix", confusion, "single_label"),
    "label_confusion": _of(
        "Label confusion: predicted where another label is true", label_confusion, "multi_label"
    ),
    "cooccurrence": _of("Co-occurrence of labels", cooccurrence, "multi_label"),
    "labels_per_text": _of("Number of labels per text", labels_per_text, "multi_label"),
    "reliability": _of("Calibration (reliability diagram)", reliability),
    "precision_recall": _of("Precision-recall curve, all labels pooled", precision_recall),
    "precision_recall_labels": _Entry(
        "Precision-recall curve by label",
        precision_recall.draw_labels,
        precision_recall.describe_labels,
    ),
    "risk_coverage": _of(
        "Risk and coverage: accuracy when uncertain texts are not answered",
        risk_coverage,
        "single_label",
    ),
    "thresholds": _of("F1 by threshold", thresholds, "multi_label"),
    "thresholds_labels": _Entry(
        "F1 by threshold and label",
        thresholds.draw_labels,
        thresholds.describe_labels,
        "multi_label",
    ),
    "length": _of("Metric by length of text", length),
    "label_distribution": _of("Label distribution", label_distribution),
    "training_curves": _of("Training curves", history),
}
"""Stem of the figure's files -> the figure."""


def figure_specifications(context: ReportContext) -> Iterator[FigureSpecification]:
    """All figures of the model's task, or the reason why one is missing."""
    for name, (title, draw, describe, task) in FIGURES.items():
        if task not in (None, context.model.task):
            continue
        reason = _why_missing(name, context)
        if reason:
            yield FigureSpecification(name, title, reason=reason)
        else:
            yield FigureSpecification(name, title, describe(context), partial(draw, context))


def _why_missing(name: str, context: ReportContext) -> str:
    model = context.model
    if name in ("label_confusion", "cooccurrence") and len(model.labels) < 2:
        return "There is only one label."
    if name == "precision_recall" and not model.truth.any():
        return f"No {model.split} text has a label."
    if name == "length" and model.part is None:
        return NO_TEXTS.format(why=model.why_no_examples)
    if name == "training_curves" and len(model.history.get("epoch", ())) == 0:
        if model.manifest is not None and model.manifest.kind == "linear":
            return "A linear model is fitted without epochs."
        return "There is no history.csv beside the model."
    return ""

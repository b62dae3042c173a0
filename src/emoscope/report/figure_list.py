"""The figures of a report, in the order of the page, and the data of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from types import ModuleType

import numpy as np

from emoscope.arrays import Ints
from emoscope.decisions import plain_policy
from emoscope.evaluation.error_analysis.label_confusions import count_label_confusions, count_pairs
from emoscope.evaluation.error_analysis.slices import metric_of
from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.evaluation.intervals import Estimates
from emoscope.evaluation.saved_run import best_row, selection_metric
from emoscope.evaluation.threshold_curves import GRID, precision_recall_curve, risk_coverage_curve
from emoscope.metrics import reliability_bins, top_label_bins
from emoscope.metrics.names import METRIC_NAMES
from emoscope.metrics.ranking import micro_average_precision
from emoscope.metrics.single_label import confusion_matrix
from emoscope.report.context import ReportContext
from emoscope.report.figure_specification import FigureSpecification
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
from emoscope.report.figures.label_panels import choose_labels

NO_TEXTS = "The texts are not available. {why}"
MOST_CELLS = 40
"""Labels in a matrix; of more, those with the most texts."""


def figure_specifications(context: ReportContext) -> Iterator[FigureSpecification]:
    """All figures in the order of the page, or the reason why one is missing."""
    single = context.model.task == "single_label"
    yield _per_label(context)
    yield _support_f1(context)
    yield _confusion(context) if single else _label_confusion(context)
    yield from () if single else (_cooccurrence(context), _labels_per_text(context))
    yield _reliability(context)
    yield _precision_recall(context)
    yield _precision_recall_labels(context)
    yield from (
        (_risk_coverage(context),)
        if single
        else (_thresholds(context), _thresholds_labels(context))
    )
    yield _length(context)
    yield _label_distribution(context)
    yield _history(context)


def _per_label(context: ReportContext) -> FigureSpecification:
    """Precision, recall and F1 of each label."""
    given = (context.model.labels, context.model.support, context.estimates)
    return _specification("per_label", "Precision, recall and F1 by label", per_label, *given)


def _support_f1(context: ReportContext) -> FigureSpecification:
    """F1 against the frequency in train, or in the judged split when train is not available."""
    model = context.model
    if model.examples is not None and model.examples.has_split("train"):
        support = model.examples.split("train").labels.sum(axis=0).astype(np.int64)
        where = "train"
    else:
        support, where = model.support, model.split
    given = (model.labels, support, context.estimates.f1)
    return FigureSpecification(
        "support_f1",
        "F1 by label frequency",
        support_f1.describe(*given),
        partial(support_f1.draw, *given, f"texts with the label in {where}"),
    )


def _confusion(context: ReportContext) -> FigureSpecification:
    """Confusion matrix of a single-label task."""
    model = context.model
    columns = _frequent(model)
    matrix = confusion_matrix(model.truth, model.predicted)
    matrix = matrix[np.ix_(columns, columns)]
    given = ([model.labels[j] for j in columns], matrix)
    return _specification("confusion", "Confusion matrix", confusion, *given)


def _label_confusion(context: ReportContext) -> FigureSpecification:
    """Which label is predicted where another is true."""
    model = context.model
    title = "Label confusion: predicted where another label is true"
    if len(model.labels) < 2:
        return FigureSpecification("label_confusion", title, reason="There is only one label.")
    found, nothing, matrix = count_label_confusions(model.truth, model.predicted)
    columns = _frequent(model)
    names, support = [model.labels[j] for j in columns], model.support[columns]
    matrix, nothing = matrix[np.ix_(columns, columns)], nothing[columns]
    return FigureSpecification(
        "label_confusion",
        title,
        label_confusion.describe(names, support, nothing, matrix),
        partial(label_confusion.draw, names, support, found[columns], nothing, matrix),
    )


def _cooccurrence(context: ReportContext) -> FigureSpecification:
    """Texts with both labels of a pair, true against predicted."""
    model = context.model
    title = "Co-occurrence of labels"
    if len(model.labels) < 2:
        return FigureSpecification("cooccurrence", title, reason="There is only one label.")
    columns = _frequent(model)
    given = (
        [model.labels[j] for j in columns],
        count_pairs(model.truth[:, columns]),
        count_pairs(model.predicted[:, columns]),
    )
    return _specification("cooccurrence", title, cooccurrence, *given)


def _labels_per_text(context: ReportContext) -> FigureSpecification:
    """Number of labels, true against predicted."""
    true, given = (m.sum(axis=1) for m in (context.model.truth, context.model.predicted))
    most = int(max(true.max(), given.max()))
    counts = tuple(np.bincount(m, minlength=most + 1).astype(np.int64) for m in (true, given))
    return _specification("labels_per_text", "Number of labels per text", labels_per_text, *counts)


def _reliability(context: ReportContext) -> FigureSpecification:
    """Reliability diagram before and after calibration."""
    model = context.model
    bins = top_label_bins if model.task == "single_label" else reliability_bins
    calibrated = bins(model.truth, model.probabilities)
    before = None
    if model.policy.calibration.kind != "none":
        plain = plain_policy(model.labels, model.task)
        before = bins(model.truth, plain.probabilities(model.evaluation.scores))
    what = "texts" if model.task == "single_label" else "text-label pairs"
    return FigureSpecification(
        "reliability",
        "Calibration (reliability diagram)",
        reliability.describe(calibrated, before, what),
        partial(reliability.draw, calibrated, before, what),
    )


def _precision_recall(context: ReportContext) -> FigureSpecification:
    """Micro-averaged precision-recall curve."""
    model = context.model
    title = "Precision-recall curve, all labels pooled"
    curve = precision_recall_curve(model.truth, model.probabilities)
    if not len(curve.recall):
        return FigureSpecification(
            "precision_recall", title, reason=f"No {model.split} text has a label."
        )
    hits = float((model.truth & model.predicted).sum())
    chosen = (hits / model.truth.sum(), hits / max(model.predicted.sum(), 1))
    area = micro_average_precision(model.truth, model.probabilities)
    given = (curve, area, (float(chosen[0]), float(chosen[1])))
    return _specification("precision_recall", title, precision_recall, *given)


def _precision_recall_labels(context: ReportContext) -> FigureSpecification:
    """Precision-recall curve of each label."""
    model = context.model
    columns = choose_labels(model.support)
    names = [model.labels[j] for j in columns]
    curves = [
        precision_recall_curve(model.truth[:, j], model.probabilities[:, j], levels=60)
        for j in columns
    ]
    area = np.array([model.report.per_label[j].average_precision for j in columns])
    recall, precision = (
        part.value[columns] for part in (context.estimates.recall, context.estimates.precision)
    )
    return FigureSpecification(
        "precision_recall_labels",
        "Precision-recall curve by label",
        precision_recall.describe_labels(names, area, recall, precision),
        partial(precision_recall.draw_labels, names, curves, area, recall, precision),
    )


def _thresholds(context: ReportContext) -> FigureSpecification:
    """F1 over one threshold for all labels."""
    model = context.model
    headline = model.report.headline
    reached = (headline["macro_f1"], headline["micro_f1"])
    chosen = model.policy.thresholds
    common = float(chosen[0]) if np.ptp(chosen) < 1e-9 else None
    return FigureSpecification(
        "thresholds",
        "F1 by threshold",
        thresholds.describe(context.sweeps, reached, model.split),
        partial(thresholds.draw, context.sweeps, reached, model.split, common),
    )


def _thresholds_labels(context: ReportContext) -> FigureSpecification:
    """F1 of each label over its threshold."""
    model = context.model
    columns = choose_labels(model.support)
    names = [model.labels[j] for j in columns]
    chosen = model.policy.thresholds[columns]
    sweeps = {
        name: replace(each, per_label=each.per_label[:, columns])
        for name, each in context.sweeps.items()
    }
    return FigureSpecification(
        "thresholds_labels",
        "F1 by threshold and label",
        thresholds.describe_labels(names, chosen, model.policy.method),
        partial(thresholds.draw_labels, names, sweeps, chosen),
    )


def _risk_coverage(context: ReportContext) -> FigureSpecification:
    """Accuracy and coverage of a single-label model that does not answer below a probability."""
    model = context.model
    top = model.probabilities.max(axis=1).astype(np.float64)
    right = model.truth[np.arange(len(top)), model.probabilities.argmax(axis=1)]
    accuracy, answered = risk_coverage_curve(right, top, GRID)
    chosen = float(model.policy.thresholds.max())
    return FigureSpecification(
        "risk_coverage",
        "Risk and coverage: accuracy when uncertain texts are not answered",
        risk_coverage.describe(GRID, accuracy, answered),
        partial(risk_coverage.draw, GRID, accuracy, answered, chosen),
    )


def _length(context: ReportContext) -> FigureSpecification:
    """The metric by length of text."""
    model = context.model
    title = "Metric by length of text"
    if model.part is None:
        return FigureSpecification(
            "length", title, reason=NO_TEXTS.format(why=model.why_no_examples)
        )
    names = [part.name for part in context.lengths]
    values = Estimates(
        *(
            np.array([getattr(part, end) for part in context.lengths])
            for end in ("value", "low", "high")
        )
    )
    n_texts = np.array([part.n_texts for part in context.lengths], dtype=np.int64)
    metric = METRIC_NAMES[metric_of(model.task)]
    return FigureSpecification(
        "length",
        title,
        length.describe(names, values, metric),
        partial(length.draw, names, n_texts, values, metric),
    )


def _label_distribution(context: ReportContext) -> FigureSpecification:
    """Label counts by split, of the splits that are available."""
    model = context.model
    counts: dict[str, Ints] = {}
    if model.examples is not None:
        for split in ("train", "validation", "test"):
            if model.examples.has_split(split):
                held = model.examples.split(split).labels
                counts[split] = held.sum(axis=0).astype(np.int64)
    else:
        if model.validation is not None and model.split != "validation":
            counts["validation"] = model.validation.truth.sum(axis=0).astype(np.int64)
        counts[model.split] = model.support
    return FigureSpecification(
        "label_distribution",
        "Label distribution",
        label_distribution.describe(model.labels, counts, model.split),
        partial(label_distribution.draw, model.labels, counts),
    )


def _history(context: ReportContext) -> FigureSpecification:
    """Loss and metrics during training."""
    model = context.model
    title = "Training curves"
    if len(model.history.get("epoch", ())) == 0:
        kind = None if model.manifest is None else model.manifest.kind
        reason = (
            "A linear model is fitted without epochs."
            if kind == "linear"
            else "There is no history.csv beside the model."
        )
        return FigureSpecification("training_curves", title, reason=reason)
    settings = model.provenance.get("recipe", {}).get("training", {})
    metric = selection_metric(model.history, model.task, settings.get("best_metric"))
    best = best_row(model.history, metric)
    return FigureSpecification(
        "training_curves",
        title,
        history.describe(model.history, best, metric),
        partial(history.draw, model.history, best),
    )


def _specification(
    name: str, title: str, figure: ModuleType, *given: object
) -> FigureSpecification:
    """For a figure whose ``draw`` and ``describe`` take the same arguments."""
    return FigureSpecification(name, title, figure.describe(*given), partial(figure.draw, *given))


def _frequent(model: EvaluatedModel) -> list[int]:
    """Columns that matrices show."""
    return choose_labels(model.support, MOST_CELLS)

"""The tables of numbers: headline, classification report, thresholds, roll-ups, training."""

from __future__ import annotations

from typing import Any

import numpy as np

from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.evaluation.intervals import LabelEstimates
from emoscope.evaluation.threshold_curves import f1_at
from emoscope.metrics import MetricsReport
from emoscope.metrics.names import MAIN_METRICS, METRIC_NAMES
from emoscope.report.formatting import interval, number
from emoscope.report.tables import Cell, Table

_AVERAGES = {"micro": "micro", "macro": "macro", "weighted": "weighted", "samples": "sample"}
"""Name in scikit-learn's classification report -> beginning of our keys."""


def with_interval(report: MetricsReport, key: str) -> str:
    """``0.481 (0.459 to 0.500)``; without an interval the value alone."""
    text = number(report.headline[key])
    if key in report.intervals:
        text += f" ({interval(*report.intervals[key])})"
    return text


def headline(model: EvaluatedModel) -> Table:
    """Every metric, in fine labels and rolled up, with its interval where it has one."""
    rows: list[tuple[Cell, ...]] = []
    for name, report in {
        model.classifier.taxonomy.name: model.report,
        **model.evaluation.rollups,
    }.items():
        for key, value in {**report.headline, **report.ranking, **report.calibration}.items():
            low, high = report.intervals.get(key, (None, None))
            rows.append((name, key, METRIC_NAMES.get(key, key), value, low, high))
    rows += [
        (
            f"{model.classifier.taxonomy.name}, without the policy",
            key,
            METRIC_NAMES.get(key, key),
            value,
            None,
            None,
        )
        for key, value in model.evaluation.at_half.headline.items()
    ]
    return Table(
        "headline",
        "All metrics with 95 % intervals",
        ("labels", "key", "metric", "value", "low", "high"),
        tuple(rows),
    )


def classification_report(report: MetricsReport, estimates: LabelEstimates) -> Table:
    """Precision, recall, F1 and support of each label and their averages, intervals beside."""
    rows: list[tuple[Cell, ...]] = [
        (
            row.label,
            row.precision,
            row.recall,
            row.f1,
            row.support,
            row.predicted,
            *(
                float(end[j])
                for part in (estimates.precision, estimates.recall, estimates.f1)
                for end in (part.low, part.high)
            ),
            row.average_precision,
            row.roc_auc,
            row.calibration_error,
        )
        for j, row in enumerate(report.per_label)
    ]
    support = sum(row.support for row in report.per_label)
    averages = [
        (f"{kind} avg", [report.headline.get(f"{key}_{m}") for m in ("precision", "recall", "f1")])
        for kind, key in _AVERAGES.items()
    ]
    for name, (precision, recall, f1) in averages:
        if f1 is not None:
            rows.append((name, precision, recall, f1, support, *[None] * 10))
    if "accuracy" in report.headline:
        rows.append(("accuracy", None, None, report.headline["accuracy"], support, *[None] * 10))
    return Table(
        "classification_report",
        "Classification report",
        (
            "label",
            "precision",
            "recall",
            "f1-score",
            "support",
            "predicted",
            "precision_low",
            "precision_high",
            "recall_low",
            "recall_high",
            "f1_low",
            "f1_high",
            "average_precision",
            "roc_auc",
            "calibration_error",
        ),
        tuple(rows),
    )


def thresholds(model: EvaluatedModel) -> Table:
    """What the policy holds for each label, and the F1 it gives on both splits."""
    policy = model.policy
    judged = f1_at(model.truth, model.probabilities, policy.thresholds)
    half = f1_at(model.truth, model.probabilities, 0.5)
    fitted: Any = np.full(len(policy.labels), np.nan)
    if model.validation is not None:
        saved = model.validation
        fitted = f1_at(saved.truth, policy.probabilities(saved.scores), policy.thresholds)
    rows = tuple(
        (
            label,
            float(policy.thresholds[j]),
            float(fitted[j]),
            float(judged[j]),
            float(half[j]),
            float(policy.calibration.slope[j]),
            float(policy.calibration.offset[j]),
        )
        for j, label in enumerate(policy.labels)
    )
    return Table(
        "thresholds",
        f"Thresholds ({policy.method}, {policy.calibration.kind} calibration)",
        (
            "label",
            "threshold",
            "f1_validation",
            f"f1_{model.split}",
            f"f1_{model.split}_at_0.5",
            "slope",
            "offset",
        ),
        rows,
    )


def rollups(model: EvaluatedModel) -> Table:
    """Each label of every roll-up, and the averages with their intervals."""
    rows: list[tuple[Cell, ...]] = []
    for name, report in model.evaluation.rollups.items():
        rows += [
            (name, row.label, row.support, row.precision, row.recall, row.f1, None, None)
            for row in report.per_label
        ]
        for key in MAIN_METRICS[report.task]:
            low, high = report.intervals.get(key, (None, None))
            rows.append(
                (name, METRIC_NAMES[key], None, None, None, report.headline[key], low, high)
            )
    return Table(
        "rollups",
        "Metrics of the roll-ups",
        (
            "roll-up",
            "label or metric",
            "support",
            "precision",
            "recall",
            "f1 or value",
            "low",
            "high",
        ),
        tuple(rows),
    )


def overall_metrics(report: MetricsReport) -> dict[str, Any]:
    """Averages by kind, as ``overall_metrics.json`` of earlier projects has them."""
    found: dict[str, Any] = {
        name: {m: report.headline.get(f"{key}_{m}") for m in ("precision", "recall", "f1")}
        for name, key in _AVERAGES.items()
        if f"{key}_f1" in report.headline
    }
    if report.task == "single_label":
        same = report.headline[
            "accuracy"
        ]  # one label a text: the three micro averages are accuracy
        found["micro"] = {"precision": same, "recall": same, "f1": same}
    rest = ("accuracy", "balanced_accuracy", "subset_accuracy", "hamming_loss", "mcc")
    found |= {key: report.headline[key] for key in rest if key in report.headline}
    found["intervals"] = {key: list(pair) for key, pair in report.intervals.items()}
    found["n_texts"] = report.n_texts
    return found


def training_results(model: EvaluatedModel) -> Table:
    """One row an evaluation during training; without history, one row for the run."""
    if model.history:
        names = tuple(model.history)
        columns = [model.history[name] for name in names]
        rows = tuple(tuple(float(column[i]) for column in columns) for i in range(len(columns[0])))
        return Table("training_results", "Training, evaluation by evaluation", names, rows)
    origin = model.provenance
    keys = MAIN_METRICS[model.task]
    row: tuple[Cell, ...] = (
        str(origin.get("recipe", {}).get("name", model.name)),
        origin.get("seed"),
        origin.get("fit_seconds"),
        origin.get("data", {}).get("rows", {}).get("train"),
        *(model.report.headline[key] for key in keys),
    )
    return Table(
        "training_results",
        "Training",
        (
            "recipe",
            "seed",
            "fit_seconds",
            "train_texts",
            *(f"{model.split}_{key}" for key in keys),
        ),
        (row,),
    )

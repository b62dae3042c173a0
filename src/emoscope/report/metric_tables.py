"""The tables of numbers: headline, classification report, thresholds, roll-ups, training."""

from __future__ import annotations

from typing import Any

import numpy as np

from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.evaluation.intervals import Estimates, LabelEstimates
from emoscope.evaluation.threshold_curves import f1_at
from emoscope.metrics import MetricsReport
from emoscope.metrics.formatting import interval, number
from emoscope.metrics.names import MAIN_METRICS, METRIC_NAMES
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
    taxonomy = model.classifier.taxonomy.name
    reports = {taxonomy: model.report, **model.evaluation.rollups}
    values = [
        (name, key, value, *report.intervals.get(key, (None, None)))
        for name, report in reports.items()
        for key, value in {**report.headline, **report.ranking, **report.calibration}.items()
    ]
    for key, value in model.evaluation.at_half.headline.items():
        values.append((f"{taxonomy}, without the policy", key, value, None, None))
    rows = tuple(
        (name, key, METRIC_NAMES.get(key, key), value, low, high)
        for name, key, value, low, high in values
    )
    columns = ("labels", "key", "metric", "value", "low", "high")
    return Table("headline", "All metrics with 95 % intervals", columns, rows)


def classification_report(report: MetricsReport, estimates: LabelEstimates) -> Table:
    """Precision, recall, F1 and support of each label and their averages, intervals beside."""
    records: list[dict[str, Cell]] = [
        {
            "label": row.label,
            "precision": row.precision,
            "recall": row.recall,
            "f1-score": row.f1,
            "support": row.support,
            "predicted": row.predicted,
            **_ends(estimates.precision, j, "precision"),
            **_ends(estimates.recall, j, "recall"),
            **_ends(estimates.f1, j, "f1"),
            "average_precision": row.average_precision,
            "roc_auc": row.roc_auc,
            "calibration_error": row.calibration_error,
        }
        for j, row in enumerate(report.per_label)
    ]
    none = dict.fromkeys(records[0])
    support = sum(row.support for row in report.per_label)
    for kind, key in _AVERAGES.items():
        means = {m: report.headline.get(f"{key}_{m}") for m in ("precision", "recall", "f1")}
        if means["f1"] is not None:
            means["f1-score"] = means.pop("f1")
            records.append({**none, "label": f"{kind} avg", **means, "support": support})
    if "accuracy" in report.headline:
        accuracy = {"f1-score": report.headline["accuracy"], "support": support}
        records.append({**none, "label": "accuracy", **accuracy})
    return Table.of("classification_report", "Classification report", records)


def _ends(estimates: Estimates, j: int, name: str) -> dict[str, float]:
    cells = estimates.cells(j, name)
    del cells[name]
    return cells


def thresholds(model: EvaluatedModel) -> Table:
    """What the policy holds for each label, and the F1 it gives on both splits."""
    policy = model.policy
    judged = f1_at(model.truth, model.probabilities, policy.thresholds)
    half = f1_at(model.truth, model.probabilities, 0.5)
    fitted: Any = np.full(len(policy.labels), np.nan)
    if model.validation is not None:
        saved = model.validation
        fitted = f1_at(saved.truth, policy.probabilities(saved.scores), policy.thresholds)
    records: list[dict[str, Cell]] = [
        {
            "label": label,
            "threshold": float(policy.thresholds[j]),
            "f1_validation": float(fitted[j]),
            f"f1_{model.split}": float(judged[j]),
            f"f1_{model.split}_at_0.5": float(half[j]),
            "slope": float(policy.calibration.slope[j]),
            "offset": float(policy.calibration.offset[j]),
        }
        for j, label in enumerate(policy.labels)
    ]
    title = f"Thresholds ({policy.method}, {policy.calibration.kind} calibration)"
    return Table.of("thresholds", title, records)


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
        ("roll-up", "label or metric", "support", "precision", "recall", "f1 or value",
         "low", "high"),
        tuple(rows),
    )  # fmt: skip


def overall_metrics(report: MetricsReport) -> dict[str, Any]:
    """Averages by kind, as ``overall_metrics.json`` of earlier projects has them."""
    found: dict[str, Any] = {
        name: {m: report.headline.get(f"{key}_{m}") for m in ("precision", "recall", "f1")}
        for name, key in _AVERAGES.items()
        if f"{key}_f1" in report.headline
    }
    if report.task == "single_label":
        same = report.headline["accuracy"]  # one label a text: that is all micro averages
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
    record: dict[str, Cell] = {
        "recipe": str(origin.get("recipe", {}).get("name", model.name)),
        "seed": origin.get("seed"),
        "fit_seconds": origin.get("fit_seconds"),
        "train_texts": origin.get("data", {}).get("rows", {}).get("train"),
        **{f"{model.split}_{key}": model.report.headline[key] for key in MAIN_METRICS[model.task]},
    }
    return Table.of("training_results", "Training", [record])

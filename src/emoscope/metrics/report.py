"""Everything measured on one test set: the front door :func:`evaluate` and what it returns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats
from emoscope.errors import DecisionError
from emoscope.metrics.bootstrap import LEVEL, RESAMPLES, bootstrap_intervals
from emoscope.metrics.contributions import contributions, sum_contributions
from emoscope.metrics.counts import count, macro
from emoscope.metrics.formatting import csv_text
from emoscope.metrics.headline import headline
from emoscope.metrics.inputs import check_decisions, check_probabilities
from emoscope.metrics.ranking import (
    average_precision,
    label_ranking_average_precision,
    macro_of_defined,
    micro_average_precision,
    micro_roc_auc,
    roc_auc,
    weighted_of_defined,
)
from emoscope.metrics.reliability import (
    ReliabilityBins,
    brier_score,
    calibration_error,
    reliability_bins,
    top_label_bins,
)
from emoscope.metrics.single_label import confusion_matrix, top_k_accuracy
from emoscope.taxonomy import Task

FORMAT_VERSION = 1
_NAN = float("nan")
_MEASURED = ("precision", "recall", "f1")


@dataclass(frozen=True)
class LabelRow:
    """One label's line of the table. What was not given or is not defined is NaN.

    Precision, recall and F1 of a label that no text has are NaN, and 0 where the label was only not
    predicted (see :mod:`emoscope.metrics.counts`): the mean of the defined is the macro average.
    """

    label: str
    support: int
    predicted: int
    precision: float
    recall: float
    f1: float
    roc_auc: float = _NAN
    average_precision: float = _NAN
    calibration_error: float = _NAN
    brier: float = _NAN
    threshold: float = _NAN


@dataclass(frozen=True)
class MetricsReport:
    """The numbers of one prediction on one test set; ``metrics.json`` and ``per_label.csv``."""

    task: Task
    labels: tuple[str, ...]
    n_texts: int
    headline: Mapping[str, float]
    """Metrics of the predicted labels."""
    intervals: Mapping[str, tuple[float, float]]
    """Of each headline metric whose interval holds its value; empty when ``resamples`` is 0."""
    per_label: tuple[LabelRow, ...]
    ranking: Mapping[str, float] = field(default_factory=dict)
    """Metrics of the order of probabilities; empty when none were given."""
    averaged_over: Mapping[str, int] = field(default_factory=dict)
    """For each macro average, over how many labels: those where it is defined."""
    calibration: Mapping[str, float] = field(default_factory=dict)
    """Calibration errors and the Brier score; empty without probabilities."""
    reliability: Mapping[str, ReliabilityBins] = field(default_factory=dict)
    """Bins of the reliability diagrams, by the name of their calibration error."""
    confusion: tuple[tuple[int, ...], ...] | None = None
    """Single-label only: true label by row, predicted label by column."""
    resamples: int = 0
    seed: int = 0
    level: float = LEVEL

    @property
    def labels_without_text(self) -> tuple[str, ...]:
        """Labels that no text truly has: not measured, and left out of macro averages."""
        return tuple(row.label for row in self.per_label if row.support == 0)

    def to_json(self) -> dict[str, Any]:
        """Plain data with the same keys always; NaN becomes None, since JSON has no NaN."""
        return {
            "format_version": FORMAT_VERSION,
            "task": self.task,
            "n_texts": self.n_texts,
            "labels": list(self.labels),
            "labels_without_text": list(self.labels_without_text),
            "headline": {name: _plain(value) for name, value in self.headline.items()},
            "intervals": {name: [_plain(v) for v in pair] for name, pair in self.intervals.items()},
            "bootstrap": {"resamples": self.resamples, "seed": self.seed, "level": self.level},
            "ranking": {name: _plain(value) for name, value in self.ranking.items()},
            "averaged_over": dict(self.averaged_over),
            "calibration": {name: _plain(value) for name, value in self.calibration.items()},
            "reliability": {name: bins.to_json() for name, bins in self.reliability.items()},
            "confusion": None if self.confusion is None else [list(row) for row in self.confusion],
            "per_label": [
                {name: _plain(value) for name, value in asdict(row).items()}
                for row in self.per_label
            ],
        }

    def per_label_csv(self) -> str:
        """Render the per-label table as CSV text with a header; an undefined value is empty."""
        rows = (asdict(row).values() for row in self.per_label)
        return csv_text([column.name for column in fields(LabelRow)], rows)


def evaluate(
    task: Task,
    labels: Sequence[str],
    truth: npt.ArrayLike,
    predicted: npt.ArrayLike,
    probabilities: npt.ArrayLike | None = None,
    thresholds: npt.ArrayLike | None = None,
    bootstrap: int = RESAMPLES,
    seed: int = 0,
) -> MetricsReport:
    """Measure predictions against the truth.

    ``truth`` and ``predicted`` are 0/1 (n, n_labels) in both tasks, ``probabilities`` floats of
    that shape, ``thresholds`` (n_labels,) and only copied into the table. ``bootstrap`` is the
    number of resamples behind the intervals, 0 for none. For a roll-up, give its labels, truth,
    predictions and probabilities.

    Raises :class:`DataError` for a truth, and :class:`DecisionError` for predictions, that do not
    fit.
    """
    names = tuple(labels)
    true, given = check_decisions(task, truth, predicted, names)
    if bootstrap < 0:
        raise DecisionError(f"bootstrap = {bootstrap}; give a number of resamples, or 0 for none.")
    points = headline(task, sum_contributions(contributions(true, given)))
    columns: dict[str, Floats] = {}
    judged: dict[str, Any] = {"averaged_over": {}}
    if probabilities is not None:
        judged, columns = _judge(task, true, check_probabilities(probabilities, true, names))
    if thresholds is not None:
        columns["threshold"] = _check_thresholds(thresholds, len(names))
    measured = int(true.any(axis=0).sum())
    judged["averaged_over"] |= {f"macro_{name}": measured for name in _MEASURED}
    confusion = confusion_matrix(true, given).tolist() if task == "single_label" else None
    return MetricsReport(
        task=task,
        labels=names,
        n_texts=len(true),
        headline={name: float(value) for name, value in points.items()},
        intervals=bootstrap_intervals(task, true, given, resamples=bootstrap, seed=seed)
        if bootstrap
        else {},
        per_label=_table(names, true, given, columns),
        confusion=None if confusion is None else tuple(map(tuple, confusion)),
        resamples=bootstrap,
        seed=seed,
        **judged,
    )


def _judge(
    task: Task, truth: Bools, probabilities: Floats
) -> tuple[dict[str, Any], dict[str, Floats]]:
    """What probabilities add: fields of :class:`MetricsReport`, and columns (n_labels,)."""
    areas, precisions = roc_auc(truth, probabilities), average_precision(truth, probabilities)
    errors, brier = calibration_error(truth, probabilities), brier_score(truth, probabilities)
    support = truth.sum(axis=0, dtype=np.float64)
    area, precision = macro_of_defined(areas), macro_of_defined(precisions)
    bins = {
        "pooled_equal_width": reliability_bins(truth, probabilities),
        "pooled_equal_mass": reliability_bins(truth, probabilities, binning="equal_mass"),
    }
    ranking = {"macro_roc_auc": area.value, "macro_average_precision": precision.value}
    if task == "single_label":
        bins["top_label_equal_width"] = top_label_bins(truth, probabilities)
        bins["top_label_equal_mass"] = top_label_bins(truth, probabilities, binning="equal_mass")
        ranking["weighted_roc_auc"] = weighted_of_defined(areas, support)
        if truth.shape[1] > 2:  # of two labels, the best two are always right
            ranking["top_2_accuracy"] = top_k_accuracy(truth, probabilities, 2)
    else:
        ranking["micro_roc_auc"] = micro_roc_auc(truth, probabilities)
        ranking["micro_average_precision"] = micro_average_precision(truth, probabilities)
        ranking["label_ranking_average_precision"] = label_ranking_average_precision(
            truth, probabilities
        )
    by_mass = calibration_error(truth, probabilities, binning="equal_mass")
    averaged_over = {
        "macro_roc_auc": area.n_labels,
        "macro_average_precision": precision.n_labels,
    }
    calibration = {
        **{name: each.calibration_error for name, each in bins.items()},
        "macro_equal_width": float(macro(errors, support)),
        "macro_equal_mass": float(macro(by_mass, support)),
        "brier": float(brier.sum() if task == "single_label" else brier.mean()),
    }
    return {
        "ranking": ranking,
        "averaged_over": averaged_over,
        "calibration": calibration,
        "reliability": bins,
    }, {
        "roc_auc": areas,
        "average_precision": precisions,
        "calibration_error": by_mass,
        "brier": brier,
    }


def _table(
    labels: tuple[str, ...],
    truth: Bools,
    predicted: Bools,
    columns: Mapping[str, Floats],
) -> tuple[LabelRow, ...]:
    counts = count(truth, predicted)
    columns = {**{name: counts.measured(name) for name in _MEASURED}, **columns}
    return tuple(
        LabelRow(
            label=label,
            support=int(counts.support[j]),
            predicted=int(counts.predicted[j]),
            **{name: float(column[j]) for name, column in columns.items()},
        )
        for j, label in enumerate(labels)
    )


def _check_thresholds(thresholds: npt.ArrayLike, n_labels: int) -> Floats:
    try:
        values = np.asarray(thresholds, dtype=np.float64)
    except (TypeError, ValueError) as cause:
        raise DecisionError(f"thresholds must be numbers, one a label: {cause}.") from cause
    if values.shape != (n_labels,):
        raise DecisionError(
            f"thresholds has shape {values.shape}, but there are {n_labels} labels. "
            "Give one threshold a label."
        )
    return values


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value

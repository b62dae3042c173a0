"""The tables of the error analysis; those that quote texts need the texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from emoscope.arrays import Bools
from emoscope.evaluation.error_analysis.label_confusions import confused_pairs
from emoscope.evaluation.error_analysis.label_errors import LabelError, LabelNoise
from emoscope.evaluation.error_analysis.ranked_errors import (
    RankedError,
    false_negatives,
    false_positives,
    limit_per_label,
)
from emoscope.evaluation.error_analysis.shared_texts import SharedTexts
from emoscope.evaluation.error_analysis.slices import Slice
from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.report.tables import Cell, Table

IN_FILE = 200
"""Rows of a list of texts in its CSV."""
ON_PAGE = 12
"""Rows of a list of texts on the page; of any one label at most two."""


Shown = tuple[Table, Table]
"""A list of texts as the page shows it, and all of it for the CSV file."""


def false_positive_lists(model: EvaluatedModel) -> Shown | None:
    """Labels given to texts that do not have them, the most probable first; None without texts."""
    found = false_positives(model.truth, model.predicted, model.probabilities)
    columns = ("wrongly given", "probability", "true labels", "text", "id")
    return _ranked_lists(model, found, "false_positives", columns, model.truth)


def false_negative_lists(model: EvaluatedModel) -> Shown | None:
    """True labels that were not given, the least probable first; None without texts."""
    found = false_negatives(model.truth, model.predicted, model.probabilities)
    columns = ("missed", "probability", "given instead", "text", "id")
    return _ranked_lists(model, found, "false_negatives", columns, model.predicted)


def pair_table(model: EvaluatedModel, most: int = 100) -> Table:
    """Most confused pairs of labels, with one text each where texts are available."""
    labels, part = model.labels, model.part
    pairs = confused_pairs(model.truth, model.predicted, model.probabilities)[:most]
    rows = tuple(
        (
            labels[p.meant],
            labels[p.given],
            p.n_texts,
            p.of_missed,
            p.mirrored,
            "" if part is None else part.texts[p.example],
        )
        for p in pairs
    )
    columns = ("true, missed", "given instead", "texts", "share of the missed",
               "the other way round", "clearest example")  # fmt: skip
    return Table("confused_pairs", "Most frequent confusions of two labels", columns, rows)


def slice_table(slices: list[Slice], metric: str) -> Table:
    """Parts of the test set: by length, number of labels, surface."""
    return Table(
        "slices",
        "Metrics by slice: length, number of labels, surface features",
        ("part", "texts with", "texts", metric, "low", "high", "all labels right"),
        tuple((s.kind, s.name, s.n_texts, s.value, s.low, s.high, s.exact) for s in slices),
    )


def shared_table(shared: SharedTexts, metric: str) -> Table:
    """What texts that occur in train too do to the score."""
    parts = (shared.everything, shared.without, shared.only, shared.only_same, shared.only_other)
    return Table(
        "shared_with_train",
        "Texts that occur in train too",
        ("texts", "number", metric, "low", "high", "all labels right"),
        tuple((s.name, s.n_texts, s.value, s.low, s.high, s.exact) for s in parts),
    )


def label_error_lists(model: EvaluatedModel, noise: Mapping[str, LabelNoise]) -> Shown | None:
    """Likely label errors of all judged splits, the most suspicious first."""
    if model.examples is None:
        return None
    parts = {split: model.examples.split(split) for split in noise}
    found = sorted(
        ((error.margin, split, error) for split, each in noise.items() for error in each.errors),
        key=lambda item: (item[0], item[1], item[2].row, item[2].label),
    )
    rows = tuple(
        (
            _correction(model, error),
            error.probability,
            _names(model, parts[split].labels[error.row]),
            parts[split].texts[error.row],
            split,
            parts[split].ids[error.row],
            margin,
        )
        for margin, split, error in found
    )
    columns = ("probable correction", "probability", "labels in the data", "text", "split", "id",
               "margin")  # fmt: skip
    kept: list[tuple[Cell, ...]] = []
    seen: Counter[Cell] = Counter()
    for row in rows:
        seen[row[0]] += 1
        if seen[row[0]] <= 2:
            kept.append(row[:-1])
    shown = Table("label_errors", "", columns[:-1], tuple(kept[:ON_PAGE]))
    return shown, Table("label_errors", "", columns, rows)


def _ranked_lists(
    model: EvaluatedModel,
    errors: list[RankedError],
    name: str,
    columns: tuple[str, ...],
    other: Bools,
) -> Shown | None:
    part = model.part
    if part is None:
        return None
    shown, saved = (
        tuple(
            (
                model.labels[m.label],
                m.probability,
                _names(model, other[m.row]),
                part.texts[m.row],
                part.ids[m.row],
            )
            for m in chosen
        )
        for chosen in (limit_per_label(errors, ON_PAGE), errors[:IN_FILE])
    )
    return Table(name, "", columns, shown), Table(name, "", columns, saved)


def _names(model: EvaluatedModel, row: Bools) -> str:
    return ", ".join(model.labels[int(j)] for j in np.flatnonzero(row)) or "none"


def _correction(model: EvaluatedModel, error: LabelError) -> str:
    label = model.labels[error.label]
    if model.task == "single_label":
        return label
    return f"add {label}" if error.should_have else f"remove {label}"

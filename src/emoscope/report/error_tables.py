"""The tables of the error analysis; those that quote texts need the texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class TextTable:
    """A list of texts: all of it for the CSV file, and the rows to show on the page."""

    table: Table
    shown: Table


def false_positive_list(model: EvaluatedModel) -> TextTable | None:
    """Labels given to texts that do not have them, the most probable first."""
    return _ranked_list(
        model,
        false_positives(model.truth, model.predicted, model.probabilities),
        Table(
            "false_positives",
            "False positives with the highest probability",
            ("wrongly given", "probability", "true labels", "text", "id"),
            (),
        ),
    )


def false_negative_list(model: EvaluatedModel) -> TextTable | None:
    """True labels that were not given, the least probable first."""
    return _ranked_list(
        model,
        false_negatives(model.truth, model.predicted, model.probabilities),
        Table(
            "false_negatives",
            "False negatives with the lowest probability",
            ("missed", "probability", "given instead", "text", "id"),
            (),
        ),
    )


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
    return Table(
        "confused_pairs",
        "Most frequent confusions of two labels",
        (
            "true, missed",
            "given instead",
            "texts",
            "share of the missed",
            "the other way round",
            "clearest example",
        ),
        rows,
    )


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
    parts = (
        shared.everything,
        shared.without,
        shared.only,
        shared.only_same,
        shared.only_other,
    )
    return Table(
        "shared_with_train",
        "Texts that occur in train too",
        ("texts", "number", metric, "low", "high", "all labels right"),
        tuple((s.name, s.n_texts, s.value, s.low, s.high, s.exact) for s in parts),
    )


def label_error_list(model: EvaluatedModel, noise: Mapping[str, LabelNoise]) -> TextTable | None:
    """Likely label errors of all judged splits, the most suspicious first."""
    if model.examples is None:
        return None
    parts = {split: model.examples.split(split) for split in noise}
    found = sorted(
        ((error.margin, split, error) for split, each in noise.items() for error in each.errors),
        key=lambda item: (item[0], item[1], item[2].row, item[2].label),
    )
    rows = []
    for margin, split, error in found:
        part = parts[split]
        rows.append(
            (
                _correction(model, error),
                error.probability,
                _names(model, part.labels[error.row]),
                part.texts[error.row],
                split,
                part.ids[error.row],
                margin,
            )
        )
    table = Table(
        "label_errors",
        "Likely label errors in the data",
        (
            "probable correction",
            "probability",
            "labels in the data",
            "text",
            "split",
            "id",
            "margin",
        ),
        tuple(rows),
    )
    kept: list[tuple[Cell, ...]] = []
    seen: dict[Cell, int] = {}
    for row in table.rows:
        seen[row[0]] = seen.get(row[0], 0) + 1
        if seen[row[0]] <= 2:
            kept.append(row[:-1])
    return TextTable(
        table, Table(table.name, table.title, table.columns[:-1], tuple(kept[:ON_PAGE]))
    )


def _ranked_list(model: EvaluatedModel, errors: list[RankedError], head: Table) -> TextTable | None:
    if model.part is None:
        return None
    part = model.part
    other = model.truth if head.name == "false_positives" else model.predicted

    def table(chosen: list[RankedError]) -> Table:
        rows = tuple(
            (
                model.labels[m.label],
                m.probability,
                _names(model, other[m.row]),
                part.texts[m.row],
                part.ids[m.row],
            )
            for m in chosen
        )
        return Table(head.name, head.title, head.columns, rows)

    return TextTable(table(errors[:IN_FILE]), table(limit_per_label(errors, ON_PAGE)))


def _names(model: EvaluatedModel, row: Bools) -> str:
    return ", ".join(model.labels[int(j)] for j in np.flatnonzero(row)) or "none"


def _correction(model: EvaluatedModel, error: LabelError) -> str:
    label = model.labels[error.label]
    if model.task == "single_label":
        return label
    return f"add {label}" if error.should_have else f"remove {label}"

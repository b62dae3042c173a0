"""The tables of the error analysis; those that quote texts need the texts at hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.evaluation.error_analysis.label_confusions import confused_pairs
from emoscope.evaluation.error_analysis.label_errors import (
    LabelError,
    LabelNoise,
    find_label_errors,
)
from emoscope.evaluation.error_analysis.ranked_errors import (
    Mistake,
    false_alarms,
    missed_labels,
    varied,
)
from emoscope.evaluation.error_analysis.shared_texts import SharedTexts
from emoscope.evaluation.error_analysis.slices import Slice
from emoscope.report.context import Subject
from emoscope.report.tables import Cell, Table

IN_FILE = 200
"""Rows of a list of texts in its CSV."""
ON_PAGE = 12
"""Rows of a list of texts on the page; of any one label at most two."""


@dataclass(frozen=True)
class TextList:
    """A list of texts: all of it for the CSV file, and the rows to show on the page."""

    table: Table
    shown: Table


def false_alarm_list(subject: Subject) -> TextList | None:
    """Labels given with most confidence to texts that do not have them."""
    return _mistakes(
        subject,
        false_alarms(subject.truth, subject.predicted, subject.probabilities),
        Table(
            "confident_mistakes",
            "Given with confidence, and wrong",
            ("wrongly given", "probability", "true labels", "text", "id"),
            (),
        ),
    )


def missed_list(subject: Subject) -> TextList | None:
    """True labels that the model is surest do not hold."""
    return _mistakes(
        subject,
        missed_labels(subject.truth, subject.predicted, subject.probabilities),
        Table(
            "missed_labels",
            "Missed with confidence",
            ("missed", "probability", "given instead", "text", "id"),
            (),
        ),
    )


def pair_table(subject: Subject, most: int = 100) -> Table:
    """Most confused pairs of labels, with one text each where texts are at hand."""
    labels, part = subject.labels, subject.part
    pairs = confused_pairs(subject.truth, subject.predicted, subject.probabilities)[:most]
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
        "Labels most often taken for one another",
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
        "errors_by_kind",
        "Which kinds of text are hard",
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


def noise_by_split(subject: Subject) -> dict[str, LabelNoise]:
    """Confident learning on each split that the model was not trained on."""
    found = {subject.split: find_label_errors(subject.task, subject.truth, subject.probabilities)}
    saved = subject.validation
    if saved is not None and subject.split != "validation":
        probabilities = subject.policy.probabilities(saved.scores)
        found["validation"] = find_label_errors(subject.task, saved.truth, probabilities)
    if subject.split == "train":
        found.pop("train")  # a model's own train texts tell nothing about their labels
    return found


def label_error_list(subject: Subject, noise: dict[str, LabelNoise]) -> TextList | None:
    """Likely label errors of all judged splits, the most suspicious first."""
    if subject.examples is None:
        return None
    parts = {split: subject.examples.split(split) for split in noise}
    found = sorted(
        ((error.margin, split, error) for split, each in noise.items() for error in each.errors),
        key=lambda item: (item[0], item[1], item[2].row, item[2].label),
    )
    rows = []
    for margin, split, error in found:
        part = parts[split]
        rows.append(
            (
                _correction(subject, error),
                error.probability,
                _names(subject, part.labels[error.row]),
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
    return TextList(
        table, Table(table.name, table.title, table.columns[:-1], tuple(kept[:ON_PAGE]))
    )


def _mistakes(subject: Subject, mistakes: list[Mistake], head: Table) -> TextList | None:
    if subject.part is None:
        return None
    part = subject.part
    other = subject.truth if head.name == "confident_mistakes" else subject.predicted

    def table(chosen: list[Mistake]) -> Table:
        rows = tuple(
            (
                subject.labels[m.label],
                m.probability,
                _names(subject, other[m.row]),
                part.texts[m.row],
                part.ids[m.row],
            )
            for m in chosen
        )
        return Table(head.name, head.title, head.columns, rows)

    return TextList(table(mistakes[:IN_FILE]), table(varied(mistakes, ON_PAGE)))


def _names(subject: Subject, row: npt.NDArray[np.bool_]) -> str:
    return ", ".join(subject.labels[int(j)] for j in np.flatnonzero(row)) or "none"


def _correction(subject: Subject, error: LabelError) -> str:
    label = subject.labels[error.label]
    if subject.task == "single_label":
        return label
    return f"add {label}" if error.should_have else f"remove {label}"

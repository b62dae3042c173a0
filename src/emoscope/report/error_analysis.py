"""The error analysis of the page, section by section, each with its table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

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
from emoscope.evaluation.error_analysis.slices import (
    Slice,
    label_count_slices,
    metric_of,
    surface_slices,
)
from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.metrics.formatting import count, joined, number, percent, signed
from emoscope.metrics.names import METRIC_NAMES
from emoscope.report.context import NO_TEXTS, ReportContext
from emoscope.report.tables import Cell, Table

PAIRS, PAIRS_ON_PAGE = 100, 10
IN_FILE = 200
"""Rows of a list of texts in its CSV."""
ON_PAGE = 12
"""Rows of a list of texts on the page; of any one label at most two."""


@dataclass(frozen=True)
class ErrorSection:
    """One part of the error analysis."""

    title: str
    description: str = ""
    shown: Table | None = None
    """What the page shows; of a long list its first rows, varied by label."""
    saved: Table | None = None
    """What the CSV file holds."""
    reason: str = ""
    """Why there is nothing to show, if there is nothing."""


def error_sections(context: ReportContext) -> Iterator[ErrorSection]:
    """All sections, in the order of the page."""
    model = context.model
    yield _ranked(
        model,
        Table(
            "false_positives",
            "False positives with the highest probability",
            ("wrongly given", "probability", "true labels", "text", "id"),
        ),
        "Typical causes: wrong labels in the data, and words that the model takes literally.",
        false_positives(model.truth, model.predicted, model.probabilities),
        model.truth,
    )
    yield _ranked(
        model,
        Table(
            "false_negatives",
            "False negatives with the lowest probability",
            ("missed", "probability", "given instead", "text", "id"),
        ),
        "Typical causes: irony, emotions that need the context of a text, and wrong labels.",
        false_negatives(model.truth, model.predicted, model.probabilities),
        model.predicted,
    )
    yield _confusions(model)
    yield _slices(context)
    yield _label_errors(context)
    yield _shared(context)


def _ranked(
    model: EvaluatedModel, head: Table, description: str, errors: list[RankedError], other: Bools
) -> ErrorSection:
    """Texts with errors beside their ``other`` labels (n, n_labels), in the order of ``errors``."""
    part = model.part
    if part is None:
        return _without_texts(head.title, model)
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
    tables = replace(head, rows=shown), replace(head, rows=saved)
    return ErrorSection(head.title, description, *tables)


def _confusions(model: EvaluatedModel) -> ErrorSection:
    labels, part = model.labels, model.part
    table = Table(
        "confused_pairs",
        "Most frequent confusions of two labels",
        ("true, missed", "given instead", "texts", "share of the missed",
         "the other way round", "clearest example"),
        tuple(
            (
                labels[p.meant],
                labels[p.given],
                p.n_texts,
                p.of_missed,
                p.mirrored,
                "" if part is None else part.texts[p.example],
            )
            for p in confused_pairs(model.truth, model.predicted, model.probabilities)[:PAIRS]
        ),
    )  # fmt: skip
    if not table.rows:
        return ErrorSection(
            table.title, "No label was given in the place of another.", table, table
        )
    meant, given, texts, share, _, _ = table.rows[0]
    mirrored = [
        f"{row[0]} and {row[1]}"
        for row in table.rows[:PAIRS_ON_PAGE]
        if isinstance(row[2], int) and isinstance(row[4], int) and row[4] >= row[2] / 2
    ]
    both = f" In both directions: {joined(mirrored)}." if mirrored else ""
    return ErrorSection(
        table.title,
        f"Most often {meant} is missed and {given} given instead: {texts} texts, "
        f"{percent(float(share or 0))} of all misses of {meant}.{both}",
        replace(table, rows=table.rows[:PAIRS_ON_PAGE]),
        table,
    )


def _slices(context: ReportContext) -> ErrorSection:
    model, slices = context.model, list(context.lengths)
    if model.task == "multi_label":
        slices += label_count_slices(model.task, model.truth, model.predicted)
    if model.part is not None:
        surface = surface_slices(model.task, model.part.texts, model.truth, model.predicted)
        description = _surface_sentence(surface)
        slices += surface
    else:
        description = NO_TEXTS.format(why=model.why_no_examples)
    metric = METRIC_NAMES[metric_of(model.task)]
    table = Table(
        "slices",
        "Metrics by slice: length, number of labels, surface features",
        ("part", "texts with", "texts", metric, "low", "high", "all labels right"),
        tuple((s.kind, s.name, s.n_texts, s.value, s.low, s.high, s.exact) for s in slices),
    )
    return ErrorSection(table.title, description, table, table)


def _surface_sentence(surface: Sequence[Slice]) -> str:
    """Which surface features go with a metric clearly below, or above, that of plain texts."""
    plain = surface[-1]
    harder = [s.name for s in surface[:-1] if s.n_texts and s.high < plain.low]
    easier = [s.name for s in surface[:-1] if s.n_texts and s.low > plain.high]
    absent = [s.name for s in surface[:-1] if not s.n_texts]
    text = (
        f"Compared with texts that have none of the surface features ({number(plain.value)}), "
        f"clearly harder are texts with: {joined(harder)}; clearly easier: {joined(easier)}."
    )
    return text + (f" No text has: {joined(absent)}." if absent else "")


def _label_errors(context: ReportContext) -> ErrorSection:
    model, noise = context.model, context.label_noise
    title = "Likely label errors in the data"
    if not noise:
        reason = (
            "Label errors cannot be found on texts that the model was trained on. Evaluate another "
            "split."
        )
        return ErrorSection(title, reason=reason)
    description = _noise_sentence(model, noise)
    if model.examples is None:
        return replace(_without_texts(title, model), description=description)
    parts = {split: model.examples.split(split) for split in noise}
    found = sorted(
        ((error.margin, split, error) for split, each in noise.items() for error in each.errors),
        key=lambda item: (item[0], item[1], item[2].row, item[2].label),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
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
    kept = limit_per_label(rows, ON_PAGE, label=itemgetter(0))
    shown = Table("label_errors", title, columns[:-1], tuple(row[:-1] for row in kept))
    return ErrorSection(title, description, shown, replace(shown, columns=columns, rows=rows))


def _noise_sentence(model: EvaluatedModel, noise: Mapping[str, LabelNoise]) -> str:
    total = sum(len(each.errors) for each in noise.values())
    unit = "labels of texts" if model.task == "single_label" else "text-label pairs"
    shares = " and ".join(f"{percent(each.noise)} of {split}" for split, each in noise.items())
    return (
        f"Confident learning (Northcutt, Jiang and Chuang, 2021) finds {total:,} {unit} that are "
        f"probably wrong, and estimates the share of wrong ones at {shares}. The list depends on "
        "this model: check it from the top, where it is most reliable."
    )


def _shared(context: ReportContext) -> ErrorSection:
    model, shared = context.model, context.shared
    title = "Texts that occur in train too"
    if model.examples is None:
        return _without_texts(title, model)
    if model.split == "train":
        return ErrorSection(title, reason="The evaluated texts are those of train.")
    if shared is None:
        return ErrorSection(title, reason="There is no train split to compare with.")
    metric = METRIC_NAMES[metric_of(model.task)]
    parts = (shared.everything, shared.without, shared.only, shared.only_same, shared.only_other)
    table = Table(
        "shared_with_train",
        title,
        ("texts", "number", metric, "low", "high", "all labels right"),
        tuple((s.name, s.n_texts, s.value, s.low, s.high, s.exact) for s in parts),
    )
    if not len(shared.rows):
        return ErrorSection(title, f"No text of {model.split} occurs in train.", None, table)
    change = shared.without.value - shared.everything.value
    return ErrorSection(
        title,
        f"{count(len(shared.rows), 'text')} (case and white space aside), "
        f"{int(shared.same_labels.sum()):,} of them with the same labels in train. Without them "
        f"{metric} is {number(shared.without.value)} ({signed(change)}).",
        table,
        table,
    )


def _without_texts(title: str, model: EvaluatedModel) -> ErrorSection:
    return ErrorSection(title, reason=NO_TEXTS.format(why=model.why_no_examples))


def _names(model: EvaluatedModel, row: Bools) -> str:
    return ", ".join(model.labels[int(j)] for j in np.flatnonzero(row)) or "none"


def _correction(model: EvaluatedModel, error: LabelError) -> str:
    label = model.labels[error.label]
    if model.task == "single_label":
        return label
    return f"add {label}" if error.should_have else f"remove {label}"

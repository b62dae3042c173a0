"""The error analysis of the page, section by section, each with its table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from emoscope.evaluation.error_analysis.label_errors import LabelNoise
from emoscope.evaluation.error_analysis.slices import (
    Slice,
    label_count_slices,
    metric_of,
    surface_slices,
)
from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.metrics.names import METRIC_NAMES
from emoscope.report.context import NO_TEXTS, ReportContext
from emoscope.report.error_tables import (
    Shown,
    false_negative_lists,
    false_positive_lists,
    label_error_lists,
    pair_table,
    shared_table,
    slice_table,
)
from emoscope.report.formatting import count, joined, number, percent, signed
from emoscope.report.tables import Table

PAIRS_ON_PAGE = 10


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
    yield _of_texts(
        model,
        "False positives with the highest probability",
        "Typical causes: wrong labels in the data, and words that the model takes literally.",
        false_positive_lists(model),
    )
    yield _of_texts(
        model,
        "False negatives with the lowest probability",
        "Typical causes: irony, emotions that need the context of a text, and wrong labels.",
        false_negative_lists(model),
    )
    yield _confusions(model)
    yield _slices(context)
    yield _label_errors(context)
    yield _shared(context)


def _of_texts(
    model: EvaluatedModel, title: str, description: str, lists: Shown | None
) -> ErrorSection:
    if lists is None:
        return _without_texts(title, model)
    return ErrorSection(title, description, *lists)


def _confusions(model: EvaluatedModel) -> ErrorSection:
    table = pair_table(model)
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
    table = slice_table(slices, METRIC_NAMES[metric_of(model.task)])
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
    return replace(
        _of_texts(model, title, "", label_error_lists(model, noise)), description=description
    )


def _noise_sentence(model: EvaluatedModel, noise: Mapping[str, LabelNoise]) -> str:
    total = sum(len(each.errors) for each in noise.values())
    unit = "labels of texts" if model.task == "single_label" else "text-label pairs"
    shares = " and ".join(f"{percent(each.noise)} of {split}" for split, each in noise.items())
    return (
        f"Confident learning (Northcutt, Jiang and Chuang, 2021) doubts {total:,} {unit} and puts "
        f"the share of wrong ones at {shares}. The list depends on this model: check it "
        "from the top, where it is most reliable."
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
    table = shared_table(shared, metric)
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

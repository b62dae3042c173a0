"""The error section of the page: one finding after another, each with its table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from emoscope.evaluation.error_analysis.label_errors import LabelNoise
from emoscope.evaluation.error_analysis.shared_texts import SharedTexts
from emoscope.evaluation.error_analysis.slices import (
    Slice,
    label_count_slices,
    metric_of,
    surface_slices,
)
from emoscope.report.context import Subject
from emoscope.report.error_tables import (
    false_alarm_list,
    label_error_list,
    missed_list,
    noise_by_split,
    pair_table,
    shared_table,
    slice_table,
)
from emoscope.report.figure_list import NO_TEXTS, Gallery
from emoscope.report.formatting import METRIC_NAMES, count, joined, number, percent, signed
from emoscope.report.tables import Table

PAIRS_ON_PAGE = 10


@dataclass(frozen=True)
class Finding:
    """One part of the error analysis."""

    title: str
    reading: str = ""
    shown: Table | None = None
    """What the page shows; of a long list its most telling rows."""
    saved: Table | None = None
    """What the CSV file holds."""
    reason: str = ""
    """Why there is nothing to show, if there is nothing."""


def find_errors(
    subject: Subject, gallery: Gallery, shared: SharedTexts | None
) -> Iterator[Finding]:
    """All findings, in the order of the page."""
    yield _false_alarms(subject)
    yield _missed(subject)
    yield _pairs(subject)
    yield _kinds(subject, gallery)
    yield _label_errors(subject)
    yield _shared(subject, shared)


def _false_alarms(subject: Subject) -> Finding:
    title = "Given with confidence, and wrong"
    found = false_alarm_list(subject)
    if found is None:
        return _without_texts(title, subject)
    return Finding(
        title,
        "Here stand wrong labels of the data, and words that the model takes too literally.",
        found.shown,
        found.table,
    )


def _missed(subject: Subject) -> Finding:
    title = "Missed with confidence"
    found = missed_list(subject)
    if found is None:
        return _without_texts(title, subject)
    return Finding(
        title,
        "Here stand irony, feelings that only the context of a text tells, and wrong labels.",
        found.shown,
        found.table,
    )


def _pairs(subject: Subject) -> Finding:
    table = pair_table(subject)
    if not table.rows:
        return Finding(table.title, "No label was given in the place of another.", table, table)
    meant, given, texts, share, _, _ = table.rows[0]
    mirrored = [
        f"{row[0]} and {row[1]}"
        for row in table.rows[:PAIRS_ON_PAGE]
        if isinstance(row[2], int) and isinstance(row[4], int) and row[4] >= row[2] / 2
    ]
    both = f" Mistaken in both directions: {joined(mirrored)}." if mirrored else ""
    return Finding(
        table.title,
        f"Most often {meant} is missed and {given} given instead: {texts} texts, "
        f"{percent(float(share or 0))} of all misses of {meant}.{both}",
        replace(table, rows=table.rows[:PAIRS_ON_PAGE]),
        table,
    )


def _kinds(subject: Subject, gallery: Gallery) -> Finding:
    slices = list(gallery.lengths)
    if subject.task == "multi_label":
        slices += label_count_slices(subject.task, subject.truth, subject.predicted)
    if subject.part is not None:
        surface = surface_slices(subject.task, subject.part.texts, subject.truth, subject.predicted)
        reading = _surface_sentence(surface)
        slices += surface
    else:
        reading = NO_TEXTS.format(why=subject.why_no_examples)
    table = slice_table(slices, METRIC_NAMES[metric_of(subject.task)])
    return Finding(table.title, reading, table, table)


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


def _label_errors(subject: Subject) -> Finding:
    title = "Likely label errors in the data"
    noise = noise_by_split(subject)
    if not noise:
        reason = "A model tells nothing about labels that it was trained on. Judge another split."
        return Finding(title, reason=reason)
    reading = _noise_sentence(subject, noise)
    found = label_error_list(subject, noise)
    if found is None:
        return replace(_without_texts(title, subject), reading=reading)
    return Finding(title, reading, found.shown, found.table)


def _noise_sentence(subject: Subject, noise: Mapping[str, LabelNoise]) -> str:
    total = sum(len(each.errors) for each in noise.values())
    unit = "labels of texts" if subject.task == "single_label" else "text-label pairs"
    shares = " and ".join(f"{percent(each.noise)} of {split}" for split, each in noise.items())
    return (
        f"Confident learning (Northcutt, Jiang and Chuang, 2021) doubts {total:,} {unit} and puts "
        f"the share of wrong ones at {shares}. It can be no better than this model: read the list "
        "from the top, and stop where it stops making sense."
    )


def _shared(subject: Subject, shared: SharedTexts | None) -> Finding:
    title = "Texts that occur in train too"
    if subject.examples is None:
        return _without_texts(title, subject)
    if subject.split == "train":
        return Finding(title, reason="The judged texts are those of train.")
    if shared is None:
        return Finding(title, reason="There is no train split to compare with.")
    metric = METRIC_NAMES[metric_of(subject.task)]
    table = shared_table(shared, metric)
    if not len(shared.rows):
        return Finding(title, f"No text of {subject.split} occurs in train.", None, table)
    change = shared.without.value - shared.everything.value
    return Finding(
        title,
        f"{count(len(shared.rows), 'text')} (case and white space aside), "
        f"{int(shared.same_labels.sum()):,} of them with the same labels in train. Without them "
        f"{metric} is {number(shared.without.value)} ({signed(change)}).",
        table,
        table,
    )


def _without_texts(title: str, subject: Subject) -> Finding:
    return Finding(title, reason=NO_TEXTS.format(why=subject.why_no_examples))

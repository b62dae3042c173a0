"""The report in a few sentences: how good, where, how sure, and what to beware of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emoscope.evaluation.annotator_agreement import HumanReference
from emoscope.evaluation.error_analysis.shared_texts import SharedTexts
from emoscope.evaluation.intervals import LabelEstimates
from emoscope.report.context import Subject
from emoscope.report.figures.label_distribution import FEW
from emoscope.report.formatting import METRIC_NAMES, count, interval, joined, number, signed

GOOD, POOR = 0.6, 0.3
"""F1 from which a label is called reliable, and below which it is not to be relied on."""


def verdict(
    subject: Subject,
    estimates: LabelEstimates,
    shared: SharedTexts | None,
    human: HumanReference | None,
) -> list[str]:
    """Sentences that stand on top of the page, the most important first."""
    return [*subject.notes, *_sentences(subject, estimates, shared, human)]


def _sentences(
    subject: Subject,
    estimates: LabelEstimates,
    shared: SharedTexts | None,
    human: HumanReference | None,
) -> Iterator[str]:
    yield _overall(subject)
    yield _labels(subject, estimates)
    yield _policy(subject)
    coarse = _coarse(subject)
    if coarse:
        yield coarse
    if human is not None and human.fits(subject.labels, subject.task):
        yield _people(subject, human)
    if shared is not None and len(shared.rows):
        change = shared.without.value - shared.everything.value
        verb = (
            "changes nothing" if abs(change) < 0.0005 else f"changes the score by {signed(change)}"
        )
        yield (
            f"{count(len(shared.rows), 'text')} of {subject.split} also "
            f"{'occurs' if len(shared.rows) == 1 else 'occur'} in train; leaving "
            f"{'it' if len(shared.rows) == 1 else 'them'} out {verb}."
        )


def _people(subject: Subject, human: HumanReference) -> str:
    ours, theirs = subject.report.headline, human.against_released
    few = "" if human.n_released >= 20_000 else "only "
    return (
        f"For comparison, one human rater reaches macro-F1 {number(float(theirs.macro.value))} and "
        f"micro-F1 {number(float(theirs.micro.value))} against the released labels ({few}"
        f"{count(human.n_released, 'rating')}; optimistic, since the rater's own vote is among "
        f"them), the model {number(ours['macro_f1'])} and {number(ours['micro_f1'])}."
    )


def _overall(subject: Subject) -> str:
    report = subject.report
    keys = ("macro_f1", "micro_f1") if report.task == "multi_label" else ("accuracy", "macro_f1")
    parts = []
    for key in keys:
        text = f"{METRIC_NAMES[key]} {number(report.headline[key])}"
        if key in report.intervals:
            text += f" (95 % interval {interval(*report.intervals[key])})"
        parts.append(text)
    return f"{' and '.join(parts)} on {count(report.n_texts, f'{subject.split} text')}."


def _labels(subject: Subject, estimates: LabelEstimates) -> str:
    f1, support = estimates.f1, subject.support
    tested = np.flatnonzero(support > 0)
    order = tested[np.argsort(-f1.value[tested], kind="stable")]
    judged = order[support[order] >= FEW]
    good = [subject.labels[j] for j in judged if f1.low[j] >= GOOD]
    poor = [subject.labels[j] for j in judged[::-1] if f1.high[j] < POOR]
    vague = [subject.labels[j] for j in tested if support[j] < FEW]
    absent = [subject.labels[int(j)] for j in np.flatnonzero(support == 0)]
    parts = [
        f"Reliable (F1 surely above {GOOD}): {joined(good)}.",
        f"Not to be relied on (F1 surely below {POOR}): {joined(poor)}.",
    ]
    if vague:
        parts.append(f"Too rare in {subject.split} to tell: {joined(vague)}.")
    if absent:
        parts.append(f"Never in {subject.split}, so nobody knows: {joined(absent)}.")
    return " ".join(parts)


def _policy(subject: Subject) -> str:
    plain, tuned = subject.evaluation.at_half.headline, subject.report.headline
    policy = subject.policy
    gain = tuned["macro_f1"] - plain["macro_f1"]
    error = subject.report.calibration.get(
        "top_label_equal_mass" if subject.task == "single_label" else "pooled_equal_mass"
    )
    kinds = {"none": "no calibration", "temperature": "one temperature", "platt": "Platt scaling"}
    how = kinds.get(policy.calibration.kind, policy.calibration.kind)
    honest = f"The calibration error of its probabilities is {number(error)}."
    if policy.method == "argmax":
        return f"The policy gives the most probable label ({how}). {honest}"
    change = "adds" if gain >= 0.0005 else "costs" if gain <= -0.0005 else "changes"
    return (
        f"The policy ({how}, {policy.method} thresholds) {change} {number(abs(gain))} macro-F1 "
        f"against 0.5 for every label on uncalibrated scores. {honest}"
    )


def _coarse(subject: Subject) -> str:
    parts = [
        f"{number(report.headline['macro_f1'])} on {count(len(report.labels), f'{name} label')}"
        for name, report in subject.evaluation.rollups.items()
    ]
    return f"Rolled up to coarser labels, macro-F1 is {' and '.join(parts)}." if parts else ""

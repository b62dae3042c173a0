"""The report in a few sentences: metrics, reliable labels, policy, roll-ups, caveats."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emoscope.evaluation.annotator_agreement import HumanReference
from emoscope.evaluation.evaluated_model import EvaluatedModel
from emoscope.evaluation.intervals import FEW_TEXTS, LabelEstimates
from emoscope.metrics.formatting import count, interval, joined, number, signed
from emoscope.metrics.names import METRIC_NAMES
from emoscope.metrics.selection import selection_sentence
from emoscope.report.context import ReportContext

GOOD, POOR = 0.6, 0.3
"""F1 from which a label is called reliable, and below which unreliable."""


def summarise(context: ReportContext) -> list[str]:
    """Sentences for the top of the page, the most important first."""
    return [*context.model.notes, *_sentences(context)]


def _sentences(context: ReportContext) -> Iterator[str]:
    model, shared = context.model, context.shared
    yield _overall(model)
    if selected := selection_sentence(model.provenance.get("recipe", {}).get("selection", {})):
        yield selected
    yield _labels(model, context.estimates)
    yield _policy(model)
    rollups = _rollups(model)
    if rollups:
        yield rollups
    if context.comparable_human is not None:
        yield _human(model, context.comparable_human)
    if shared is not None and len(shared.rows):
        change = shared.without.value - shared.everything.value
        verb = (
            "changes nothing" if abs(change) < 0.0005 else f"changes the score by {signed(change)}"
        )
        yield (
            f"{count(len(shared.rows), 'text')} of {model.split} also "
            f"{'occurs' if len(shared.rows) == 1 else 'occur'} in train; leaving "
            f"{'it' if len(shared.rows) == 1 else 'them'} out {verb}."
        )


def _human(model: EvaluatedModel, human: HumanReference) -> str:
    ours, theirs = model.report.headline, human.against_released
    few = "" if human.n_released >= 20_000 else "only "
    return (
        f"For comparison, one human rater reaches macro-F1 {number(float(theirs.macro.value))} and "
        f"micro-F1 {number(float(theirs.micro.value))} against the released labels ({few}"
        f"{count(human.n_released, 'rating')}; optimistic, since the rater's own vote is among "
        f"them), the model {number(ours['macro_f1'])} and {number(ours['micro_f1'])}."
    )


def _overall(model: EvaluatedModel) -> str:
    report = model.report
    keys = ("macro_f1", "micro_f1") if report.task == "multi_label" else ("accuracy", "macro_f1")
    parts = []
    for key in keys:
        text = f"{METRIC_NAMES[key]} {number(report.headline[key])}"
        if key in report.intervals:
            text += f" (95 % interval {interval(*report.intervals[key])})"
        parts.append(text)
    return f"{' and '.join(parts)} on {count(report.n_texts, f'{model.split} text')}."


def _labels(model: EvaluatedModel, estimates: LabelEstimates) -> str:
    f1, support = estimates.f1, model.support
    tested = np.flatnonzero(support > 0)
    order = tested[np.argsort(-f1.value[tested], kind="stable")]
    judged = order[support[order] >= FEW_TEXTS]
    good = [model.labels[j] for j in judged if f1.low[j] >= GOOD]
    poor = [model.labels[j] for j in judged[::-1] if f1.high[j] < POOR]
    vague = [model.labels[j] for j in tested if support[j] < FEW_TEXTS]
    absent = [model.labels[int(j)] for j in np.flatnonzero(support == 0)]
    parts = [
        f"Reliable (interval of F1 above {GOOD}): {joined(good)}.",
        f"Unreliable (interval of F1 below {POOR}): {joined(poor)}.",
    ]
    if vague:
        parts.append(f"Fewer than {FEW_TEXTS} {model.split} texts, so uncertain: {joined(vague)}.")
    if absent:
        parts.append(
            f"Without a {model.split} text, so not measured and left out of macro "
            f"averages: {joined(absent)}."
        )
    return " ".join(parts)


def _policy(model: EvaluatedModel) -> str:
    plain, tuned = model.evaluation.at_half.headline, model.report.headline
    policy = model.policy
    gain = tuned["macro_f1"] - plain["macro_f1"]
    error = model.report.calibration.get(
        "top_label_equal_mass" if model.task == "single_label" else "pooled_equal_mass"
    )
    kinds = {"none": "no calibration", "temperature": "one temperature", "platt": "Platt scaling"}
    how = kinds.get(policy.calibration.kind, policy.calibration.kind)
    error_sentence = f"The calibration error of its probabilities is {number(error)}."
    if policy.method == "argmax":
        return f"The policy gives the most probable label ({how}). {error_sentence}"
    change = "adds" if gain >= 0.0005 else "costs" if gain <= -0.0005 else "changes"
    return (
        f"The policy ({how}, {policy.method} thresholds) {change} {number(abs(gain))} macro-F1 "
        f"against 0.5 for every label on uncalibrated scores. {error_sentence}"
    )


def _rollups(model: EvaluatedModel) -> str:
    parts = [
        f"{number(report.headline['macro_f1'])} on {count(len(report.labels), f'{name} label')}"
        for name, report in model.evaluation.rollups.items()
    ]
    return f"Rolled up, macro-F1 is {' and '.join(parts)}." if parts else ""

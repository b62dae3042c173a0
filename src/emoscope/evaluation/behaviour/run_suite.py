"""Running cases on a classifier: every text is answered once, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emoscope.arrays import Bools
from emoscope.errors import NoExamples, listing
from emoscope.evaluation.behaviour.cases import (
    KINDS,
    Case,
    DirectionCase,
    InvarianceCase,
    Kind,
    MinimumFunctionalityCase,
)
from emoscope.evaluation.behaviour.result import BehaviourResult, Failure, PassRate, TextAnswer
from emoscope.inference.answers import LabelAnswers
from emoscope.inference.classifier import EmotionClassifier

LEAST_CHANGE = 0.01
"""A probability that changes by less has not risen or fallen."""
SATURATED = 0.95
"""A label at least this probable before and after has not failed to rise."""


def run_suite(classifier: EmotionClassifier, cases: Sequence[Case]) -> BehaviourResult:
    """Find which of ``cases`` pass; one with a label that the model does not have is skipped.

    Raises :class:`NoExamples` when no case is left.
    """
    labels = classifier.labels
    usable = [case for case in cases if set(case.needed_labels) <= set(labels)]
    absent = {label for case in cases for label in case.needed_labels} - set(labels)
    if not usable:
        raise NoExamples(
            f"No case can be tested: {len(cases):,} of {len(cases):,} need labels that the model "
            f"does not have ({listing(sorted(absent))}). Its labels are: {listing(labels, 30)}."
        )
    texts = dict.fromkeys(text for case in usable for text in case.texts)
    rows = {text: row for row, text in enumerate(texts)}
    found = _Found(classifier.answer(list(texts)).sets[0], labels, _sentiments(classifier))
    passes = [_passes(case, [rows[text] for text in case.texts], found) for case in usable]
    failures = tuple(
        _failure(case, [rows[text] for text in case.texts], found)
        for case, passed in zip(usable, passes, strict=True)
        if not passed
    )
    return BehaviourResult(
        _rates(usable, passes), failures, len(cases) - len(usable), tuple(sorted(absent))
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """Answers to all texts."""

    answers: LabelAnswers
    labels: tuple[str, ...]
    sentiments: Bools
    """Which labels are positive and which negative, shape (2, n_labels)."""

    def held(self, row: int) -> set[str]:
        return {self.labels[i] for i in np.flatnonzero(self.answers.held[row])}

    def top(self, row: int) -> str:
        return self.labels[int(self.answers.top[row])]

    def probability(self, row: int, label: str) -> float:
        return float(self.answers.probabilities[row, self.labels.index(label)])

    def held_sentiments(self, row: int) -> Bools:
        """Whether a positive and whether a negative label is held, shape (2,)."""
        found: Bools = (self.sentiments & self.answers.held[row]).any(axis=1)
        return found

    def ranked(self, row: int) -> tuple[str, ...]:
        """The labels held, strongest first."""
        order = np.argsort(-self.answers.probabilities[row], kind="stable")
        return tuple(self.labels[i] for i in order if self.answers.held[row, i])


def _sentiments(classifier: EmotionClassifier) -> Bools:
    rollup = classifier.taxonomy.rollups.get("sentiment")
    if rollup is None or classifier.is_rolled_up:
        return np.zeros((2, len(classifier.labels)), dtype=np.bool_)
    groups = [rollup.labels[group] for group in rollup.groups]
    return np.array([[group == name for group in groups] for name in ("positive", "negative")])


def _passes(case: Case, rows: Sequence[int], found: _Found) -> bool:
    if isinstance(case, MinimumFunctionalityCase):
        held = found.held(rows[0])
        given = held | {found.top(rows[0])}
        return not held & set(case.none_of) and (not case.any_of or bool(given & set(case.any_of)))
    if isinstance(case, InvarianceCase):
        return all(_same(rows[0], row, found) for row in rows[1:])
    before, after = (found.probability(row, case.label) for row in rows)
    if case.change == "fall":
        return before - after >= LEAST_CHANGE
    return after - before >= LEAST_CHANGE or min(before, after) >= SATURATED


def _same(first: int, row: int, found: _Found) -> bool:
    if found.held(first) == found.held(row):
        return True
    other_sentiment = found.held_sentiments(row) & ~found.held_sentiments(first)
    return found.top(first) == found.top(row) and not other_sentiment.any()


def _failure(case: Case, rows: Sequence[int], found: _Found) -> Failure:
    answers = []
    for text, row in zip(case.texts, rows, strict=True):
        label = case.label if isinstance(case, DirectionCase) else found.top(row)
        answers.append(TextAnswer(text, found.ranked(row), label, found.probability(row, label)))
    return Failure(case.where, case.kind, case.capability, case.expected, tuple(answers))


def _rates(cases: Sequence[Case], passes: Sequence[bool]) -> tuple[PassRate, ...]:
    counts: dict[tuple[Kind, str | None], list[int]] = {}
    for case, passed in zip(cases, passes, strict=True):
        for capability in (None, case.capability):
            count = counts.setdefault((case.kind, capability), [0, 0])
            count[0] += 1
            count[1] += passed
    order = sorted(counts, key=lambda key: KINDS.index(key[0]))
    return tuple(PassRate(*key, *counts[key]) for key in order)

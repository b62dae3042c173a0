"""Texts in, answers out: the work itself, without any file.

One process calls it on chunk after chunk; a cluster can call it on any piece of a data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.inference.classifier import EmotionClassifier


@dataclass(frozen=True)
class LabelSet:
    """One set of labels to answer in: the classifier's own, or a roll-up of it."""

    rollup: str | None
    """None for the classifier's own labels."""
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found in the labels of one set."""

    probabilities: npt.NDArray[np.float32]
    """Shape (n_texts, n_labels); zero where there was no text."""
    held: npt.NDArray[np.bool_]
    """Shape (n_texts, n_labels): which labels hold; none where there was no text."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """What was found in some texts."""

    answered: npt.NDArray[np.bool_]
    """Shape (n_texts,): where there was a text."""
    answers: tuple[Answer, ...]
    """One for each label set of the worker."""


class Worker:
    """Labels texts, in the classifier's own labels and in roll-ups.

    Raises :class:`emoscope.errors.TaxonomyError` for a roll-up that there is not.
    """

    def __init__(self, classifier: EmotionClassifier, rollups: Sequence[str] = ()) -> None:
        self._classifiers = [classifier, *map(classifier.rollup, rollups)]
        names = (None, *rollups)
        self.sets = tuple(
            LabelSet(name, each.labels) for name, each in zip(names, self._classifiers, strict=True)
        )

    def __call__(self, texts: Sequence[str | None]) -> Labelled:
        """Label ``texts``; None stands for a row that has none."""
        answered = np.array([text is not None for text in texts], dtype=np.bool_)
        readable = [text for text in texts if text is not None]
        if not readable:
            return Labelled(answered, tuple(_none(len(texts), each.labels) for each in self.sets))
        scores = self._classifiers[0].scorer.logits(readable)
        return Labelled(
            answered, tuple(_answer(each, scores, answered) for each in self._classifiers)
        )


def _answer(
    classifier: EmotionClassifier,
    scores: npt.NDArray[np.float32],
    answered: npt.NDArray[np.bool_],
) -> Answer:
    probabilities = classifier.probabilities(scores)
    held = classifier.decide(scores)
    if answered.all():
        return Answer(probabilities, held)
    spread = _none(len(answered), classifier.labels)
    spread.probabilities[answered] = probabilities
    spread.held[answered] = held
    return spread


def _none(n: int, labels: Sequence[str]) -> Answer:
    shape = n, len(labels)
    return Answer(np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.bool_))

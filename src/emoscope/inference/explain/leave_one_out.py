"""Leave-one-out: a word matters as much as the probability changes when it is missing.

Also called occlusion; Zeiler and Fergus (2014, arXiv:1311.2901) hid patches of images, Li, Monroe
and Jurafsky (2016, arXiv:1612.08220) erased words. It asks nothing of the model but scores, so it
explains every scorer in the same way, without torch. Its limit: of two words that each suffice
("happy, happy"), leaving out one changes little, and both look unimportant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from emoscope.errors import TaxonomyError, listing, nearest
from emoscope.inference.answers import Answers
from emoscope.inference.explain.explanation import Explanation, WordContribution
from emoscope.inference.explain.words import Span, find_words, group_words, without

MOST_PIECES = 128
"""Variants of a text that are scored at most; a longer text leaves out several words at once."""
MOST_CHARACTERS = 200_000
"""Characters that all variants have together at most: a very long text gets fewer pieces."""


class Explainable(Protocol):
    """What this method needs of a classifier."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the probability columns."""

    def answer(self, texts: Sequence[str]) -> Answers:
        """Scores, probabilities and labels of the variants."""


@dataclass(frozen=True)
class Occlusion:
    """The variants of a text that must be scored, and what to make of their scores."""

    text: str
    pieces: tuple[Span, ...]
    words_each: int

    @property
    def texts(self) -> list[str]:
        """The text itself, then the text without each piece: 1 + len(pieces) texts."""
        return [self.text, *(without(self.text, piece) for piece in self.pieces)]

    def read(
        self, labels: Sequence[str], answers: Answers, label: str | None = None
    ) -> Explanation:
        """Turn answers for ``texts``, in a set of these ``labels``, into an explanation.

        ``label`` defaults to the most probable one. Raises :class:`TaxonomyError` when it is none
        of ``labels``.
        """
        column = None if label is None else _column(labels, label)
        probabilities = answers.sets[0].probabilities  # (1 + n_pieces, n_labels)
        if column is None:
            column = int(probabilities[0].argmax())
        whole = float(probabilities[0, column])
        drops = whole - probabilities[1:, column].astype(np.float64)
        return Explanation(
            text=self.text,
            label=labels[column],
            probability=whole,
            words=tuple(
                WordContribution(self.text[start:end], start, end, drop)
                for (start, end), drop in zip(self.pieces, drops.tolist(), strict=True)
            ),
            words_each=self.words_each,
        )


def plan_occlusion(
    text: str, *, most_pieces: int = MOST_PIECES, most_characters: int = MOST_CHARACTERS
) -> Occlusion:
    """Choose what to leave out of ``text``: each word, or in a long text several in a row."""
    words = find_words(text)
    most = max(1, min(most_pieces, most_characters // max(1, len(text))))
    each = max(1, -(-len(words) // most))  # rounded up
    return Occlusion(text, tuple(group_words(words, each)), words_each=each)


def explain(classifier: Explainable, text: str, label: str | None = None) -> Explanation:
    """Find which words of ``text`` moved ``label``, by default the most probable one.

    All variants are scored in one call. Raises :class:`TaxonomyError` for an unknown label.
    """
    if label is not None:
        _column(classifier.labels, label)  # before the work, not after
    occlusion = plan_occlusion(text)
    return occlusion.read(classifier.labels, classifier.answer(occlusion.texts), label)


def _column(labels: Sequence[str], label: str) -> int:
    if label not in labels:
        raise TaxonomyError(
            f"There is no label {label!r} to explain. {nearest(label, labels)}"
            f"The labels are: {listing(labels, 30)}."
        )
    return list(labels).index(label)

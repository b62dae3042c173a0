"""The port that everything else is built on: texts in, raw scores out.

ONNX graphs, linear models, live torch models and ensembles stand behind it. Evaluation, policies,
reports, explanations, label files and the server know only this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from emoscope.taxonomy import Task
from emoscope.tokenizers.notes import Notes

Scores = npt.NDArray[np.float32]
"""Raw scores (logits), shape (n_texts, n_labels)."""


@dataclass(frozen=True, eq=False)
class Scored:
    """Some successive texts, scored."""

    scores: Scores
    """Shape (n_texts, n_labels)."""
    notes: tuple[Notes, ...]
    """The notes of each text, n_texts of them."""

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, rows: slice) -> Scored:
        return Scored(self.scores[rows], self.notes[rows])

    @staticmethod
    def without_notes(scores: Scores) -> Scored:
        """``scores`` (n_texts, n_labels) of texts that have no notes."""
        return Scored(scores, ((),) * len(scores))

    @staticmethod
    def join(parts: Sequence[Scored]) -> Scored:
        """The texts of all ``parts``, at least one, in order."""
        if len(parts) == 1:
            return parts[0]
        notes = tuple(note for part in parts for note in part.notes)
        return Scored(np.concatenate([part.scores for part in parts]), notes)


PART_TEXTS = 1024
"""Texts that a scorer without parts of its own is given at once."""


class Scorer(Protocol):
    """Anything that scores texts."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the score columns."""

    @property
    def task(self) -> Task:
        """``multi_label``: logits of independent labels; ``single_label``: of one choice."""

    def logits(self, texts: Sequence[str]) -> Scores:
        """Raw scores of ``texts``, shape (n_texts, n_labels), in the order given.

        A text is scored whole, however long: a scorer with a length limit reads it in overlapping
        windows and joins their scores, by the maximum for each label in a multi-label task and
        by the mean in a single-label one.
        """


@runtime_checkable
class NotingScorer(Scorer, Protocol):
    """A scorer that also says what is odd about a text."""

    def score_parts(self, texts: Iterable[str]) -> Iterator[Scored]:
        """Scores as :meth:`Scorer.logits` gives them, and notes on each text, in parts in order.

        Both at once, since both need the texts cut into tokens. In parts, so that labels of one
        part are decided while the next is scored.
        """


def score_parts(scorer: Scorer, texts: Sequence[str]) -> Iterator[Scored]:
    """Scores of ``texts`` in parts in order, with notes where the scorer gives them."""
    # asked for the method alone: whether a class has all of a protocol takes Python 20 microseconds
    in_parts: Callable[[Iterable[str]], Iterator[Scored]] | None
    in_parts = getattr(scorer, "score_parts", None)
    if in_parts is not None:
        yield from in_parts(texts)
        return
    for start in range(0, len(texts), PART_TEXTS):
        yield Scored.without_notes(scorer.logits(texts[start : start + PART_TEXTS]))

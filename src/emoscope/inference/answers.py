"""What comes back from scoring texts and deciding: scores, notes, and answers in label sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from emoscope.scorers.scorer import Scores
from emoscope.tokenizers.notes import Notes

Probabilities = npt.NDArray[np.float32]
Held = npt.NDArray[np.bool_]

_Number = TypeVar("_Number", bound=np.generic)


@dataclass(frozen=True)
class LabelSet:
    """One set of labels to answer in: the classifier's own, or a roll-up of it."""

    rollup: str | None
    """None for the classifier's own labels."""
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LabelAnswers:
    """Answers in the labels of one set."""

    probabilities: Probabilities
    """Calibrated, in [0, 1], shape (n_texts, n_labels)."""
    held: Held
    """Shape (n_texts, n_labels): which labels hold."""

    @property
    def top(self) -> npt.NDArray[np.intp]:
        """Shape (n_texts,): the most probable label, held or not; of equals the first."""
        return np.asarray(self.probabilities.argmax(axis=1))

    def held_columns(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int32]]:
        """The columns of labels that hold, text by text, most probable first; where each ends.

        Text i has ``columns[ends[i] : ends[i + 1]]``.
        """
        rows, columns = np.nonzero(self.held)
        order = np.lexsort((columns, -self.probabilities[rows, columns], rows))
        ends = np.concatenate(([0], np.cumsum(self.held.sum(axis=1)))).astype(np.int32)
        return columns[order], ends


@dataclass(frozen=True, eq=False)
class Answers:
    """All that is found in some texts, which were scored once and decided once a label set."""

    scores: Scores
    """Raw scores, shape (n_texts, n fine labels)."""
    notes: tuple[Notes, ...]
    """What is odd about each text, n_texts of them."""
    sets: tuple[LabelAnswers, ...]
    """One for each label set: the classifier's own labels first, then roll-ups as asked for."""

    def __len__(self) -> int:
        return len(self.scores)

    @staticmethod
    def join(parts: Sequence[Answers]) -> Answers:
        """The texts of all ``parts``, at least one, in order."""
        if len(parts) == 1:
            return parts[0]
        return Answers(
            np.concatenate([part.scores for part in parts]),
            tuple(notes for part in parts for notes in part.notes),
            tuple(
                LabelAnswers(
                    np.concatenate([each.probabilities for each in same]),
                    np.concatenate([each.held for each in same]),
                )
                for same in zip(*(part.sets for part in parts), strict=True)
            ),
        )

    def spread(self, present: Held) -> Answers:
        """Answers for more rows: those that are ``present``, shape (n_rows,), are these texts.

        The others have zero scores and probabilities, no label and no notes.
        """
        if len(present) == len(self):
            return self
        notes = iter(self.notes)
        return Answers(
            _spread(self.scores, present),
            tuple(next(notes) if there else () for there in present.tolist()),
            tuple(
                LabelAnswers(_spread(each.probabilities, present), _spread(each.held, present))
                for each in self.sets
            ),
        )


def _spread(rows: npt.NDArray[_Number], present: Held) -> npt.NDArray[_Number]:
    found = np.zeros((len(present), rows.shape[1]), dtype=rows.dtype)
    found[present] = rows
    return found

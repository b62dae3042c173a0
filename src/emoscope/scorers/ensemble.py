"""Several scorers as one: the weighted mean of their calibrated scores.

Calibrated, so that a model whose scores are spread wider does not speak louder (Lakshminarayanan et
al., 2017, average probabilities; the mean of logits is their normalised geometric mean).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.decisions.calibration import Calibration
from emoscope.errors import DecisionError
from emoscope.scorers.scorer import Scored, Scorer, Scores, score_parts
from emoscope.scorers.token_batches import chunks


@dataclass(frozen=True, eq=False)
class Member:
    """One scorer of an ensemble."""

    scorer: Scorer
    calibration: Calibration
    weight: float = 1.0
    """Relative to the other members'."""

    def calibrated(self, scores: Scores) -> npt.NDArray[np.float64]:
        """Raw scores of this member, shape (n_texts, n_labels), calibrated."""
        return self.calibration.apply(scores.astype(np.float64))


class EnsembleScorer:
    """A :class:`emoscope.scorers.scorer.NotingScorer`; notes are those of the first member."""

    def __init__(self, members: Sequence[Member]) -> None:
        """Join ``members``.

        Raises :class:`DecisionError` without any, for weights that are negative or all 0, and for
        members with different labels or tasks.
        """
        weights = [member.weight for member in members]
        if not members or min(weights) < 0 or not 0 < sum(weights) < float("inf"):
            raise DecisionError(
                "An ensemble needs at least one member, and weights of 0 or more whose sum is not "
                "0. Give other members or weights."
            )
        first = members[0].scorer
        for number, member in enumerate(members):
            if member.scorer.labels != first.labels or member.scorer.task != first.task:
                raise DecisionError(
                    f"Member {number + 1} of the ensemble has other labels than the first, another "
                    "order of them, or another task. Join models of one taxonomy."
                )
        self.members = tuple(members)
        self.labels = first.labels
        self.task = first.task
        self._weights = [weight / sum(weights) for weight in weights]

    def logits(self, texts: Sequence[str]) -> Scores:
        """Mean of the members' calibrated scores of ``texts``, shape (n_texts, n_labels)."""
        return self._mean(texts, self.members[0].scorer.logits(texts))

    def score_parts(self, texts: Iterable[str]) -> Iterator[Scored]:
        """Scores as of :meth:`logits`, and notes, in parts in order."""
        for chunk in chunks(texts):
            first = Scored.join(list(score_parts(self.members[0].scorer, chunk)))
            yield Scored(self._mean(chunk, first.scores), first.notes)

    def _mean(self, texts: Sequence[str], first: Scores) -> Scores:
        """The mean, where ``first`` are the raw scores of the first member."""
        mean = self._weights[0] * self.members[0].calibrated(first)
        for member, weight in zip(self.members[1:], self._weights[1:], strict=True):
            if weight:
                mean += weight * member.calibrated(member.scorer.logits(texts))
        return mean.astype(np.float32)

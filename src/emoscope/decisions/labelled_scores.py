"""Scores beside their truth, with the split they come from: what every policy is fitted on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from emoscope.arrays import Bools, Floats, Rows
from emoscope.errors import DecisionError, FitOnTest
from emoscope.metrics.inputs import check_predicted, check_scores
from emoscope.taxonomy import Task

_TEST_WORDS = frozenset({"test", "tests", "tst", "testing", "testset", "testsplit", "testdata"})


@dataclass(frozen=True, eq=False)
class LabelledScores:
    """Raw scores and truth of ``n`` texts, checked once.

    :meth:`emoscope.data.examples.Examples.with_scores` makes one, so that the split comes from the
    data. Raises :class:`DecisionError` for arrays that do not fit each other or are not finite.
    """

    scores: Floats
    """Shape (n, n_labels)."""
    truth: Bools
    """Shape (n, n_labels)."""
    labels: tuple[str, ...]
    task: Task
    split: str
    """Name of the split; ``test`` where any of the texts is from it."""

    def __post_init__(self) -> None:
        """Check and convert both arrays."""
        labels = tuple(self.labels)
        scores = check_scores(self.scores, labels=labels)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "truth", check_predicted(self.truth, scores, "truth", "scores"))

    def __len__(self) -> int:
        return len(self.scores)

    def select(self, rows: Rows | Bools) -> LabelledScores:
        """Some of the texts, of the same split."""
        return replace(self, scores=self.scores[rows], truth=self.truth[rows])

    def check_fit(self, what: str) -> None:
        """Raise before ``what`` is fitted on it.

        Raises :class:`FitOnTest` on a test split and :class:`DecisionError` without any text.
        """
        refuse_test(self.split, what)
        if not len(self):
            raise DecisionError(f"The split {self.split!r} has no text to fit {what} on.")


def refuse_test(split: str, what: str) -> None:
    """Raise :class:`FitOnTest` when ``split`` is a name for test data, however it is written."""
    if _TEST_WORDS & set(re.split(r"[^a-z]+", split.casefold())):
        raise FitOnTest(what, split)

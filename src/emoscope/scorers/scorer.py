"""The port that everything else is built on: texts in, raw scores out.

ONNX graphs, linear models, live torch models and ensembles stand behind it. Evaluation, policies,
reports, explanations, label files and the server know only this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from emoscope.taxonomy import Task

Notes = tuple[str, ...]
"""What is odd about a text, from the fixed set documented at ``Prediction.notes``."""


class Scorer(Protocol):
    """Anything that scores texts."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the score columns."""

    @property
    def task(self) -> Task:
        """``multi_label``: logits of independent labels; ``single_label``: of one choice."""

    def logits(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Raw scores of ``texts``, shape (n_texts, n_labels), in the order given.

        A text is scored whole, however long: a scorer with a length limit reads it in overlapping
        windows and joins their scores, by the maximum for each label in a multi-label task and
        by the mean in a single-label one.
        """


@runtime_checkable
class Annotator(Protocol):
    """A scorer that can also say what is odd about a text."""

    def annotate(self, texts: Sequence[str]) -> list[Notes]:
        """Notes for each text."""

    def annotated_parts(
        self, texts: Sequence[str]
    ) -> Iterator[tuple[npt.NDArray[np.float32], list[Notes]]]:
        """Scores as :meth:`Scorer.logits` gives them, and notes on each text, in parts in order.

        Both at once, since both need the texts cut into tokens. In parts, so that what is made of
        one is made while the next is scored.
        """

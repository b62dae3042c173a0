"""Which labels the texts of a chunk have: in general, and those of a classifier."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.label_rows import label_rows
from emoscope.io.chunks import Chunk
from emoscope.io.text_column import read_texts

Bools = npt.NDArray[np.bool_]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Found:
    """What is known of the rows that were asked for."""

    rows: Index
    """Row ``rows[i]`` of the chunk has label ``labels[i]``."""
    labels: Index
    errors: Mapping[int, str]
    """Row -> why its labels are unknown; of rows that were asked for only."""


class LabelSource(ABC):
    """Tells the labels of rows."""

    labels: tuple[str, ...]
    """Those that there are; of a labelled file, perhaps only those that have come up so far."""
    complete: bool = True
    """Whether no other label can come up."""
    source: str
    """Where the labels come from, for people."""
    notes: tuple[str, ...] = ()
    """What a user should know about them."""

    @abstractmethod
    def read(self, chunk: Chunk, wanted: Bools) -> Found:
        """The labels of the ``wanted`` rows of a chunk, (n_rows,)."""


class TextLabels(LabelSource):
    """Labels the texts in a column; other rows than those asked for cost nothing.

    Raises :class:`emoscope.errors.TaxonomyError` for a roll-up that there is not.
    """

    def __init__(self, classifier: EmotionClassifier, text_column: str, rollup: str | None) -> None:
        self._classifier = classifier if rollup is None else classifier.rollup(rollup)
        self._column = text_column
        self.labels = self._classifier.labels
        self.source = f"texts in column {text_column!r}, labelled"

    def read(self, chunk: Chunk, wanted: Bools) -> Found:
        """Label the wanted texts."""
        texts, errors = read_texts(chunk, self._column)
        asked = [text if want else None for text, want in zip(texts, wanted.tolist(), strict=True)]
        rows, labels = np.nonzero(label_rows(self._classifier, asked).sets[0].held)
        return Found(rows, labels, {row: why for row, why in errors.items() if wanted[row]})

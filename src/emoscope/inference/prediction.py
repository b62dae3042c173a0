"""What a classifier says of one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from emoscope.inference.answers import Answers


@dataclass(frozen=True)
class Prediction:
    """Labels and probabilities of one text."""

    text: str
    labels: tuple[str, ...]
    """The labels that hold, most probable first."""
    probabilities: Mapping[str, float] = field(hash=False)
    """Calibrated probability of every label, in the taxonomy's order."""
    thresholds: Mapping[str, float] = field(hash=False)
    """The probability from which each label holds."""
    notes: tuple[str, ...] = ()
    """What is odd about the text:

    * ``empty_text``: nothing to read; the label is neutral where the taxonomy has it;
    * ``low_coverage``: mostly words that are not in the model's vocabulary;
    * ``other_language``: in another language than the English that the model was trained on;
    * ``long_text``: longer than the model's window, read in overlapping windows.
    """

    @property
    def top_label(self) -> str:
        """The most probable label, whether or not it passed its threshold."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    def ranked(self) -> list[tuple[str, float]]:
        """All labels with their probabilities, most probable first."""
        return sorted(self.probabilities.items(), key=lambda pair: -pair[1])

    def to_json(self) -> dict[str, Any]:
        """Plain data with stable keys; probabilities have six digits."""
        return {
            "text": self.text,
            "labels": list(self.labels),
            "top_label": self.top_label,
            "probabilities": {name: round(p, 6) for name, p in self.probabilities.items()},
            "notes": list(self.notes),
        }


def predictions(
    texts: Sequence[str],
    answers: Answers,
    labels: Sequence[str],
    thresholds: Mapping[str, float],
    label_set: int = 0,
) -> list[Prediction]:
    """``answers`` in one of their label sets, a :class:`Prediction` for each of ``texts``."""
    found = answers.sets[label_set]
    made = []
    columns = range(len(labels))
    # plain lists: a few small array operations a text would take longer than the text's score
    rows = zip(texts, found.probabilities.tolist(), found.held.tolist(), answers.notes, strict=True)
    for text, row, holds, notes in rows:
        passed = sorted(compress(columns, holds), key=row.__getitem__, reverse=True)
        made.append(
            Prediction(
                text=text,
                labels=tuple([labels[j] for j in passed]),
                probabilities=dict(zip(labels, row, strict=True)),
                thresholds=thresholds,
                notes=notes,
            )
        )
    return made

"""What an explanation says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

METHOD = "leave-one-out"


@dataclass(frozen=True)
class WordContribution:
    """A word (in a long text: several words in a row) and what it did to the label."""

    text: str
    start: int
    end: int
    """``Explanation.text[start:end]`` is the word; places count Unicode code points."""
    contribution: float
    """Probability of the label with the word minus without it: above zero, the word spoke for the
    label; below, against it."""


@dataclass(frozen=True)
class Explanation:
    """Which words of a text moved one label."""

    text: str
    label: str
    probability: float
    """Calibrated probability of the label for the whole text."""
    words: tuple[WordContribution, ...]
    """In the order of the text."""
    words_each: int
    """Words left out together: 1, or more where the text is long."""
    method: str = METHOD

    def ranked(self) -> list[WordContribution]:
        """The words, those that moved the label most (up or down) first."""
        return sorted(self.words, key=lambda word: -abs(word.contribution))

    def to_json(self) -> dict[str, Any]:
        """Plain data with stable keys; probabilities have six digits."""
        return {
            "text": self.text,
            "label": self.label,
            "probability": round(self.probability, 6),
            "method": self.method,
            "words_each": self.words_each,
            "words": [
                {
                    "text": word.text,
                    "start": word.start,
                    "end": word.end,
                    "contribution": round(word.contribution, 6),
                }
                for word in self.words
            ],
        }

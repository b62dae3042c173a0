"""Notes: what is odd about a text, each of them one of a fixed set of names."""

from __future__ import annotations

from typing import Final

Notes = tuple[str, ...]
"""The notes of one text, in the order below; most texts have none."""

EMPTY_TEXT: Final = "empty_text"
"""Nothing is left after normalisation; the label is neutral where the taxonomy has it."""
LOW_COVERAGE: Final = "low_coverage"
"""Mostly words that are not in the model's vocabulary."""
OTHER_LANGUAGE: Final = "other_language"
"""In another language than English, which the model was trained on."""
LONG_TEXT: Final = "long_text"
"""Longer than the model's window, so read in overlapping windows."""

NOTES: Final = (EMPTY_TEXT, LOW_COVERAGE, OTHER_LANGUAGE, LONG_TEXT)
"""All of them, in the order in which a text has them."""

"""Notes: what is odd about a text, each of them one of a fixed set of names."""

from __future__ import annotations

from typing import Final

Notes = tuple[str, ...]
"""The notes of one text, in the order below; most texts have none."""

EMPTY_TEXT: Final = "empty_text"
"""Nothing is left after normalisation; the label is neutral where the taxonomy has it."""
LOW_COVERAGE: Final = "low_coverage"
"""Most of the text lies outside the model's vocabulary, as in another language."""
LONG_TEXT: Final = "long_text"
"""Longer than the model's window, so read in overlapping windows."""

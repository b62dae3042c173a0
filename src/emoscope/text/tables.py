"""Tables that lie beside this module, read when they are first needed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def word_ranks() -> dict[str, int]:
    """English words by how common they are, the commonest 0.

    The 14,664 words that occur at least 40 times in 900,000 public-domain passages (umbrae's
    reddit-top-2.5-million, PDDL 1.0), and behind them 29 of today's chats.
    """
    words = (_FOLDER / "words.txt").read_text(encoding="utf-8").split()
    return {word: rank for rank, word in enumerate(words)}


@cache
def names_of(table: str) -> dict[str, str]:
    """First column to second: symbol to name, or language to its function words."""
    lines = (_FOLDER / table).read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)

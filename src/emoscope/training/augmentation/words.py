"""Small changes of word order and number (Wei and Zou 2019, "EDA: Easy Data Augmentation")."""

from __future__ import annotations

import numpy as np


def swap_words(words: list[str], share: float, random: np.random.Generator) -> list[str]:
    """Let a ``share`` of the words, at least one, change places with the word after them."""
    if len(words) < 2:
        return words
    swapped = list(words)
    for i in _some(len(words) - 1, share, random):
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
    return swapped


def drop_words(words: list[str], share: float, random: np.random.Generator) -> list[str]:
    """Leave out a ``share`` of the words, at least one, but never the last that is left."""
    if len(words) < 2:
        return words
    dropped = set(_some(len(words), share, random)[: len(words) - 1])
    return [word for i, word in enumerate(words) if i not in dropped]


def _some(n: int, share: float, random: np.random.Generator) -> list[int]:
    """A ``share`` of the numbers below ``n``, at least one, in order of size."""
    k = min(max(round(share * n), 1), n)
    return sorted(random.choice(n, size=k, replace=False).tolist())

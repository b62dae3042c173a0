"""Changed copies of train texts, one for each (text, row, epoch); off unless a recipe asks.

Swapping and dropping words is from Wei and Zou 2019, "EDA: Easy Data Augmentation".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emoscope.training.augmentation.synonyms import replace_words
from emoscope.training.settings import AugmentationSettings


class Rewriter:
    """Changes texts as the settings ask; a :data:`emoscope.training.batches.Rewrite`.

    What happens to a row depends on (seed, epoch, row) alone, so a resumed run, and every process
    of a distributed one, sees the same texts.
    """

    def __init__(
        self,
        settings: AugmentationSettings,
        seed: int,
        *,
        translations: Sequence[str] | None = None,
    ) -> None:
        """``translations`` are the train texts translated there and back, in order of rows."""
        self._settings = settings
        self._seed = seed
        self._translations = translations

    def __call__(self, text: str, row: int, epoch: int) -> str:
        """The text to train on; most often the text itself."""
        random = np.random.default_rng((self._seed, epoch, row))
        settings = self._settings
        if random.random() >= settings.share:
            return text
        if self._translations is not None and random.random() < 0.5:
            text = self._translations[row] or text
        words = text.split()
        if settings.synonym:
            words = replace_words(words, settings.synonym, random)
        if settings.swap:
            words = swap_words(words, settings.swap, random)
        if settings.drop:
            words = drop_words(words, settings.drop, random)
        return " ".join(words)


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

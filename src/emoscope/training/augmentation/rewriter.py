"""One changed text for each (text, row, epoch)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emoscope.training.augmentation.synonyms import replace_words
from emoscope.training.augmentation.words import drop_words, swap_words
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

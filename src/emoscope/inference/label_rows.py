"""The classifier's answers for rows, of which some have no text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from emoscope.inference.answers import Answers

if TYPE_CHECKING:
    from emoscope.inference.classifier import EmotionClassifier


def label_rows(
    classifier: EmotionClassifier, texts: Sequence[str | None], rollups: Sequence[str] = ()
) -> Answers:
    """Answers for every row; None stands for one without a text, which is never scored.

    Such a row has zero scores and probabilities, no label and no notes. Raises
    :class:`emoscope.errors.TaxonomyError` for a roll-up that there is not.
    """
    present = np.array([text is not None for text in texts], dtype=np.bool_)
    return classifier.answer([text for text in texts if text is not None], rollups).spread(present)

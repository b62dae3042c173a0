"""The one normaliser for training and inference: texts as people write them to texts to read.

A model that was trained on texts normalised in one way and scores texts normalised in another loses
accuracy without a sign. So training and every scorer take theirs from :data:`NORMALISERS`, and a
model folder records its name.
"""

from emoscope.text.normalisers import NEWEST, NORMALISERS, Normaliser, normalise_newest
from emoscope.text.unicode import is_empty, normalise, order_marks

__all__ = [
    "NEWEST",
    "NORMALISERS",
    "Normaliser",
    "is_empty",
    "normalise",
    "normalise_newest",
    "order_marks",
]

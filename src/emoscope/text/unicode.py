"""Unicode repaired: one form, no invisible characters, single spaces."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

# Control and format characters carry no meaning for a classifier, except the joiner (U+200D) and
# the variation selector (U+FE0F), which hold emoji together, and white space, folded below.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]"
)
_CONTENT = re.compile(_INVISIBLE.pattern.replace("[", "[^\\s\u200d\ufe0e\ufe0f", 1))
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")

_MOST_MARKS = 30
"""Combining marks in a row that the standard library may sort by itself: the limit of the
stream-safe text format of UAX #15."""
_LONG_RUN = re.compile(rf"[^\w\s\x00-\u02ff]{{{_MOST_MARKS + 1},}}")
"""Holds every run of more than ``_MOST_MARKS`` combining marks: none of them is a letter."""


def normalise(text: str) -> str:
    """Return ``text`` in Unicode NFC, without invisible characters, with single spaces.

    Lone surrogates, which no encoder can write, become U+FFFD. Case, punctuation and emoji stay:
    they carry emotion.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # nine texts in ten: nothing to repair
    text = _SURROGATE.sub("\ufffd", text)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", order_marks(text)))
    return _SPACE.sub(" ", text).strip()


def is_empty(text: str) -> bool:
    """Tell whether nothing is left of ``text`` after normalisation."""
    return _CONTENT.search(text) is None


def order_marks(text: str) -> str:
    """Return ``text`` with long runs of combining marks in canonical order; NFC and NFD stay equal.

    :func:`unicodedata.normalize` sorts marks by insertion, whose cost grows with the square of a
    run's length: 10,000 marks on one letter take .4 s with the interpreter's lock held. It
    is linear for marks in order. A run is decomposed here, and its marks sorted, in n log n.
    """
    return _LONG_RUN.sub(_in_order, text)


def _in_order(run: re.Match[str]) -> str:
    characters = (part for character in run[0] for part in unicodedata.normalize("NFD", character))
    return "".join(
        "".join(sorted(group, key=unicodedata.combining) if marks else group)
        for marks, group in groupby(characters, lambda c: unicodedata.combining(c) > 0)
    )

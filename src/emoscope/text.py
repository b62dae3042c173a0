"""The one text normaliser, shared by training and inference.

A model that was trained on texts cleaned in one way and serves texts cleaned in another loses
accuracy without a sign. So every reader, trainer and scorer calls :func:`normalise`, and the model
folder records its :data:`NORMALISATION` version.
"""

from __future__ import annotations

import re
import unicodedata

NORMALISATION = "nfc-1"
"""Name of what :func:`normalise` does. Change the rule, change the name."""

# Control and format characters carry no meaning for a classifier, except the joiner (U+200D) and
# the variation selector (U+FE0F), which hold emoji together, and white space, folded below.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]"
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SPACE = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Return ``text`` in Unicode NFC, without invisible characters, with single spaces.

    Lone surrogates, which no encoder can write, become U+FFFD. Case, punctuation and emoji stay:
    they carry emotion.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # nine texts in ten: nothing to repair
    text = _SURROGATE.sub("\ufffd", text)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return _SPACE.sub(" ", text).strip()


def is_empty(text: str) -> bool:
    """Tell whether nothing is left of ``text`` after normalisation."""
    return not normalise(text)

"""Surface features of a text: negation, a question, emoji, capitals, an exclamation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from emoscope.arrays import Bools

_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|neither|nor|nowhere|without|cannot)\b"
    # contracted, with either apostrophe or, as in the Emotion data, without one
    r"|\b(?:do|does|did|is|are|was|were|has|have|had|wo|would|could|should|ca|ai|must|need)n['’]?t\b"
    # or with a space in the place of the apostrophe
    r"|\b(?:do|does|did|is|are|was|were|has|have|had|would|could|should)n t\b",
    re.IGNORECASE,
)
# Pictographs, dingbats, transport, flags and the stars and hearts of older blocks; not the arrows
# and box drawings between them, and no digits, which Unicode counts among emoji as well.
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff"
    "\U0001fa70-\U0001faff\u2600-\u27bf\u2b50\u2b55\u231a\u231b]"
)
_MASK = re.compile(r"\[[A-Z]+\]")  # GoEmotions writes [NAME] and [RELIGION]
_SHOUTED = re.compile(r"\b[^\W\d_]{3,}\b")

FEATURES: dict[str, Callable[[str], bool]] = {
    "negation": lambda text: bool(_NEGATION.search(text)),
    "question mark": lambda text: "?" in text,
    "exclamation mark": lambda text: "!" in text,
    "emoji": lambda text: bool(_EMOJI.search(text)),
    "word in capitals": lambda text: _has_shouted_word(text),
}
"""Name -> whether a text has it."""


def feature_mask(name: str, texts: Sequence[str]) -> Bools:
    """Which texts have the feature ``name`` of :data:`FEATURES`, (n_texts,)."""
    has = FEATURES[name]
    return np.fromiter((has(text) for text in texts), dtype=np.bool_, count=len(texts))


def _has_shouted_word(text: str) -> bool:
    """Three letters or more, all capitals; masks as [NAME] do not count."""
    return any(word.isupper() for word in _SHOUTED.findall(_MASK.sub(" ", text)))

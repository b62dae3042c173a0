"""When two texts count as the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def fold_text(text: str) -> str:
    """``text`` without differences of case, Unicode compatibility form and white space.

    Texts that differ in nothing else are one text to a reader, and most models: one of them in
    train gives away the answer to the other in test.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def group_texts(texts: Iterable[str], *, folded: bool = True) -> npt.NDArray[np.intp]:
    """Number the texts so that equal ones share a number, shape (n,), in order of appearance."""
    numbers: dict[str, int] = {}
    keys = map(fold_text, texts) if folded else texts
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)

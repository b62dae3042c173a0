"""Groups of equal texts; :func:`emoscope.text.text_key` defines what equal is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from emoscope.text import text_key


def group_texts(texts: Iterable[str], *, folded: bool = True) -> npt.NDArray[np.intp]:
    """Number the texts so that equal ones share a number, shape (n,), in order of appearance."""
    numbers: dict[str, int] = {}
    keys = map(text_key, texts) if folded else texts
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)

"""When two texts count as the same; data, evaluation and report all ask here."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from emoscope.text import normalise


def text_key(text: str, *, fold_case: bool = True) -> str:
    """What is equal in two texts that count as the same, the one definition of that.

    Texts are the same when nothing but case, Unicode compatibility form (NFKC), white space and
    what :func:`emoscope.text.normalise` removes tells them apart: they are one text to a reader and
    to most models, so that one of them in train gives away the labels of the other in test.
    """
    key = unicodedata.normalize("NFKC", normalise(text))
    if fold_case:
        key = unicodedata.normalize("NFKC", key.casefold())
    return " ".join(key.split())


def group_texts(texts: Iterable[str], *, folded: bool = True) -> npt.NDArray[np.intp]:
    """Number the texts so that equal ones share a number, shape (n,), in order of appearance."""
    numbers: dict[str, int] = {}
    keys = map(text_key, texts) if folded else texts
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)


def add_texts(digest: hashlib._Hash, texts: Iterable[str]) -> None:
    """Add texts in order to a checksum, each ended by a zero byte."""
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")


def without_format_characters(text: str) -> str:
    """``text`` without characters of the Unicode category Cf and without variation selectors."""
    if text.isascii():
        return text
    return "".join(
        char
        for char in text
        if unicodedata.category(char) != "Cf" and not "\ufe00" <= char <= "\ufe0f"
    )

"""What the Python API takes as texts: strings, in any sequence or supply of them.

Arrays and columns of other packages are read through the method that each has for it, so that none
of those packages is imported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import islice
from typing import Any

from emoscope.errors import DataError

_TO_LIST = ("to_pylist", "tolist", "to_list")
"""Of Arrow arrays; NumPy arrays, pandas and polars columns; polars columns."""


def check_text(text: object) -> str:
    """``text`` as a plain string; raises :class:`DataError` naming its type if it is none."""
    if isinstance(text, str):
        return str.__str__(text)  # of a subclass, as NumPy's, the plain string
    raise DataError(f"The text is {_named(text)}, not a string. Give a string.")


def check_texts(texts: object) -> list[str]:
    """``texts`` as a list of strings.

    Raises :class:`DataError`, naming position (from 0) and type, for anything in it that is no
    string, and for what is no sequence of texts: None, bytes, numbers, mappings, sets, tables.
    """
    return [text for part in text_chunks(texts, None) for text in part]


def text_chunks(texts: object, size: int | None) -> Iterator[list[str]]:
    """The same in lists of ``size``, taken from ``texts`` as they are asked for."""
    supply = _supply(texts)
    start = 0
    while chunk := list(islice(supply, size)):
        for i, text in enumerate(chunk):
            if type(text) is not str:
                if not isinstance(text, str):
                    raise DataError(
                        f"The text at position {start + i} (counted from 0) is {_named(text)}, "
                        "not a string. Give strings only; leave out missing values, or give an "
                        "empty string for them."
                    )
                chunk[i] = str.__str__(text)
        yield chunk
        start += len(chunk)


def _supply(texts: object) -> Iterator[Any]:
    if isinstance(texts, str):
        return iter((texts,))
    if isinstance(texts, (bytes, bytearray, memoryview)):
        raise DataError(
            'The texts are bytes, not strings. Decode them first, such as with .decode("utf-8").'
        )
    if isinstance(texts, Mapping) or hasattr(texts, "columns"):
        raise DataError(
            f"The texts are {_named(texts)}, which holds more than texts. Give its texts alone, "
            "such as one column."
        )
    if isinstance(texts, Set) and not _is_view(texts):
        raise DataError(
            f"The texts are {_named(texts)}, which has no order. Give a list, so that answers can "
            "follow its order."
        )
    for name in _TO_LIST:
        to_list = getattr(texts, name, None)
        if callable(to_list):
            texts = to_list()
            break
    if isinstance(texts, Iterable):
        return iter(texts)
    raise DataError(
        f"The texts are {_named(texts)}, not strings. Give a string, or a list of strings; files "
        "are labelled by emoscope.batch.label_files.label_files."
    )


def _is_view(texts: object) -> bool:
    """Whether ``texts`` are the keys of a dictionary, which have an order."""
    return isinstance(texts, type({}.keys()))


def _named(value: object) -> str:
    """A value by its type and, where it is short, by itself."""
    name = type(value).__name__
    if value is None:
        return "None"
    if isinstance(value, (bool, int, float)):
        return f"{value!r} ({name})"
    return f"of type {name}"

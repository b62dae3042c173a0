"""The words of a text with their places, and the text without one of them."""

from __future__ import annotations

import unicodedata
from typing import Literal, NamedTuple

_INSIDE = frozenset("'’-_")
"""Marks that belong to a word when letters stand on both sides: don't, so-called."""
_JOINER = "\u200d"
"""Holds the parts of one emoji together."""

_Kind = Literal["word", "marks", ""]


class Span(NamedTuple):
    """A piece of a text, in characters (Unicode code points): ``text[start:end]``."""

    start: int
    end: int


def find_words(text: str) -> list[Span]:
    """Words, and runs of marks such as ``!!!``, ``:(`` or emoji, which carry emotion too.

    In order; white space belongs to none.
    """
    words: list[Span] = []
    before: _Kind = ""
    for i in range(len(text)):
        kind = _kind(text, i, before)
        if kind and kind == before:
            words[-1] = Span(words[-1].start, i + 1)
        elif kind:
            words.append(Span(i, i + 1))
        before = kind
    return words


def _kind(text: str, i: int, before: _Kind) -> _Kind:
    character = text[i]
    if character.isalnum():
        return "word"
    if character.isspace():
        return ""
    if before and (character == _JOINER or unicodedata.category(character).startswith("M")):
        return before  # accents, vowel signs and emoji variants belong to what they stand on
    inside = character in _INSIDE and before == "word" and text[i + 1 : i + 2].isalnum()
    return "word" if inside else "marks"


def group_words(words: list[Span], each: int) -> list[Span]:
    """Pieces of ``each`` words in a row, the last perhaps of fewer.

    A piece reaches from the start of its first word to the end of its last one.
    """
    return [
        Span(words[i].start, words[min(i + each, len(words)) - 1].end)
        for i in range(0, len(words), each)
    ]


def without(text: str, span: Span) -> str:
    """``text`` with ``span`` cut out; words on both sides do not grow together."""
    before, after = text[: span.start], text[span.end :]
    if before[-1:].isspace() and (not after or after[0].isspace()):
        before = before[:-1]  # one space is enough
    return before + after

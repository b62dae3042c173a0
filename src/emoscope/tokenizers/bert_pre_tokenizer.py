"""A text's words as BERT cuts them: ``BertNormalizer`` and ``BertPreTokenizer`` of ``tokenizers``.

Clean, set Chinese signs apart, strip accents, forget case, cut at white space and around every
punctuation sign. What happens to a character hardly ever depends on its neighbours (the order of a
letter's accents does), so it is looked up in two tables, which fill as characters are met.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from emoscope.tokenizers.bert_characters import (
    CHINESE,
    DROPPED,
    MARKS,
    PUNCTUATION,
    decompose,
    is_space,
    lower,
)

_ASCII_WORDS = re.compile(r"[0-9A-Za-z]+|[^ 0-9A-Za-z]")
_MOST_CHARACTERS = 1 << 14
"""Characters a table remembers; more than any text in a living language has."""


class BertWords:
    """Cuts texts into words. Threads may share one."""

    def __init__(self, *, clean: bool, chinese: bool, strip: bool, lowercase: bool) -> None:
        """Take the four switches of ``BertNormalizer``."""
        self._clean, self._chinese = clean, chinese
        self._strip, self._lowercase = strip, lowercase
        self._first = _Table(self._cleaned)
        self._second = _Table(self._spaced)

    def __call__(self, text: str) -> list[str]:
        """Words in order; some of them may be empty."""
        if text.isascii() and text.isprintable():
            return _ASCII_WORDS.findall(text.lower() if self._lowercase else text)
        text = text.translate(self._first)
        if self._strip:
            text = decompose(text)
        return text.translate(self._second).split(" ")

    def _cleaned(self, code: int) -> str:
        character = chr(code)
        if self._clean and character in "\t\n\r":
            return " "
        if self._clean and code in DROPPED:
            return ""
        if self._chinese and code in CHINESE:
            return f" {character} "
        return " " if self._clean and is_space(character) else character

    def _spaced(self, code: int) -> str:
        if self._strip and code in MARKS:
            return ""
        character = chr(code)
        letters = lower(character) if self._lowercase else character
        return "".join(map(_spaced, letters))


class _Table(dict[int, str]):
    """Character -> what to write in its place."""

    def __init__(self, rule: Callable[[int], str]) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST_CHARACTERS:
            self.clear()
        self[code] = found = self._rule(code)
        return found


def _spaced(character: str) -> str:
    """A space for white space, and spaces around punctuation."""
    if is_space(character):
        return " "
    return f" {character} " if ord(character) in PUNCTUATION else character

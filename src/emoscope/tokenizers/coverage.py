"""How much of a text a tokenizer's vocabulary knows: the share of its words that are one token.

A vocabulary learned from English holds nine in ten English words whole and cuts German or Russian
ones into pieces, of which the model has learned next to nothing. Of GoEmotions' texts with three
words or more, three in a thousand have less than half of their words whole; sentences in other
languages nearly always do.
"""

from __future__ import annotations

from collections.abc import Sequence

from emoscope.tokenizers.tokenizer import TextTokenizer

LEAST_SHARE = 0.5
"""A text with less of its words whole lies mostly outside the vocabulary."""
_FEW_WORDS = 3
"""Of fewer words only those count that have no token at all: a rare word says nothing yet."""

_UNSEEN, _START, _PIECE, _OTHER, _UNKNOWN = range(5)
_MARKS = ("Ġ", "▁")
"""How byte-level BPE and SentencePiece write the space before a word."""


class Coverage:
    """Tells which texts lie mostly outside a vocabulary. Threads may share one."""

    def __init__(self, tokenizer: TextTokenizer, unknown_id: int | None) -> None:
        self._tokenizer = tokenizer
        self._unknown_id = unknown_id
        self._kinds = [_UNSEEN] * tokenizer.size
        self._prefix = tokenizer.inside
        self._marked = tokenizer.marks_starts
        self._latin = _mostly_ascii(tokenizer)

    def is_low(self, body: Sequence[int]) -> bool:
        """Whether most words of a text, given as token ids, are not in the vocabulary."""
        words = whole = unknown = 0
        before, begun = _OTHER, False
        for token in body:
            kind = self._kinds[token] or self._look_up(token)
            # a piece at the start of a text, or behind punctuation, begins a word of its own
            begins = kind in (_START, _UNKNOWN) or (kind == _PIECE and before == _OTHER)
            if begins:
                words += 1
                whole += kind != _UNKNOWN
                unknown += kind == _UNKNOWN
            elif kind == _PIECE and begun:
                whole -= before != _UNKNOWN  # the word goes on, so it was not whole
            before, begun = kind, begins
        mostly_cut = words >= _FEW_WORDS and whole < LEAST_SHARE * words
        return mostly_cut or 0 < words == unknown

    def _look_up(self, token: int) -> int:
        self._kinds[token] = kind = self._kind(token)
        return kind

    def _kind(self, token: int) -> int:
        if token == self._unknown_id:
            return _UNKNOWN
        text = self._tokenizer.token_of(token)
        bare = text.removeprefix(self._prefix) if self._prefix else text.lstrip("".join(_MARKS))
        if not any(letter.isalpha() for letter in bare):
            return _OTHER
        if self._prefix and text.startswith(self._prefix):
            return _PIECE
        if self._marked and not text.startswith(_MARKS):
            return _PIECE
        if self._latin and len(bare) == 1 and not bare.isascii():
            return _UNKNOWN  # a letter of another script, there only to spell with
        return _START


def _mostly_ascii(tokenizer: TextTokenizer) -> bool:
    """Whether a vocabulary is of the Latin script, judged by a few hundred of its tokens."""
    size = tokenizer.size
    some = [tokenizer.token_of(i) for i in range(0, size, max(1, size // 500))]
    strange = sum(not token.lstrip("".join(_MARKS)).isascii() for token in some)
    return 10 * strange < len(some)

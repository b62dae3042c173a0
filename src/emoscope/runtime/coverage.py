"""How much of a text a tokenizer's vocabulary knows: the share of its words that are one token.

A vocabulary learned from English holds nine in ten English words whole and cuts German or Russian
ones into pieces, of which the model has learned next to nothing. Of GoEmotions' texts with three
words or more, three in a thousand have less than half of their words whole; sentences in other
languages nearly always do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from tokenizers.models import WordLevel, WordPiece

LEAST_SHARE = 0.5
"""A text with less of its words whole lies mostly outside the vocabulary."""
_FEW_WORDS = 3
"""Of fewer words only those count that have no token at all: a rare word says nothing yet."""

_UNSEEN, _START, _PIECE, _OTHER, _UNKNOWN = range(5)
_MARKS = ("Ġ", "▁")
"""How byte-level BPE and SentencePiece write the space before a word."""


class Coverage:
    """Tells which texts lie mostly outside a vocabulary. Threads may share one."""

    def __init__(self, tokenizer: Tokenizer, unknown_id: int | None) -> None:
        self._tokenizer = tokenizer
        self._unknown_id = unknown_id
        self._kinds = np.full(tokenizer.get_vocab_size(), _UNSEEN, dtype=np.int8)
        model = tokenizer.model
        self._prefix = model.continuing_subword_prefix if isinstance(model, WordPiece) else None
        self._marked = self._prefix is None and not isinstance(model, WordLevel)
        self._latin = _mostly_ascii(tokenizer)

    def is_low(self, bodies: Sequence[Sequence[int]]) -> npt.NDArray[np.bool_]:
        """Whether most words of each text are not in the vocabulary, shape (n_texts,).

        ``bodies`` are token ids without special tokens.
        """
        lengths = np.array([len(body) for body in bodies], dtype=np.int64)
        low = np.zeros(len(bodies), dtype=np.bool_)
        tokens = np.array([t for body in bodies for t in body], dtype=np.int64)
        if not len(tokens):
            return low
        kinds = self._kinds_of(tokens)
        owners = np.repeat(np.arange(len(bodies)), lengths)
        first = np.diff(owners, prepend=-1) > 0
        before = np.concatenate([[_OTHER], kinds[:-1]])
        starts = (kinds == _UNKNOWN) | (kinds == _START)
        # a piece at the start of a text, or behind punctuation, begins a word of its own
        starts |= (kinds == _PIECE) & (first | (before == _OTHER))
        goes_on = np.concatenate([(kinds[1:] == _PIECE) & ~starts[1:], [False]])
        whole = starts & ~goes_on & (kinds != _UNKNOWN)

        def count(what: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
            return np.bincount(owners[what], minlength=len(bodies))

        words = count(starts)
        low = (words >= _FEW_WORDS) & (count(whole) < LEAST_SHARE * words)
        return np.asarray(low | ((words > 0) & (count(kinds == _UNKNOWN) == words)))

    def _kinds_of(self, tokens: npt.NDArray[np.int64]) -> npt.NDArray[np.int8]:
        kinds = self._kinds[tokens]
        for token in np.unique(tokens[kinds == _UNSEEN]).tolist():
            self._kinds[token] = self._kind(token)
        return self._kinds[tokens]

    def _kind(self, token: int) -> int:
        if token == self._unknown_id:
            return _UNKNOWN
        text = self._tokenizer.id_to_token(token) or ""
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


def _mostly_ascii(tokenizer: Tokenizer) -> bool:
    """Whether a vocabulary is of the Latin script, judged by a few hundred of its tokens."""
    size = tokenizer.get_vocab_size()
    some = [tokenizer.id_to_token(i) or "" for i in range(0, size, max(1, size // 500))]
    strange = sum(not token.lstrip("".join(_MARKS)).isascii() for token in some)
    return 10 * strange < len(some)

"""BERT's WordPiece in plain Python: texts to token ids without the ``tokenizers`` package.

That package and what comes with it took a sixth of the core's size, to run this one algorithm. The
ids are the same on every text. A word is cut once and then remembered, so that a text of fifteen
words takes a few microseconds. A file that asks for more is not read here, see
:mod:`emoscope.tokenizers.huggingface`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from emoscope.tokenizers.bert_pre_tokenizer import BertWords

_LONGEST_WORD = 1_000
_MOST_ADDED = 1_000
"""Tokens that are looked for at each place of a text, one after the other."""
_MOST_WORDS = 1 << 15
"""Words a tokenizer remembers: a few megabytes."""


class WordPiece:
    """Texts to token ids: :class:`emoscope.tokenizers.tokenizer.TextTokenizer`."""

    marks_starts = False

    def __init__(
        self,
        vocabulary: Mapping[str, int],
        words: Callable[[str], list[str]],
        *,
        unknown: str,
        inside: str,
        longest_word: int,
        added: Mapping[str, int],
        prefix: tuple[int, ...],
        suffix: tuple[int, ...],
    ) -> None:
        """Cut texts into ``words``, and those into pieces of ``vocabulary``.

        ``added`` are tokens that stand literally in a text, as ``[MASK]``; ``inside`` opens a piece
        that goes on with a word; a word longer than ``longest_word`` characters is ``unknown``.
        """
        self.inside = inside
        self.prefix, self.suffix = prefix, suffix
        self._ids = {**vocabulary, **added}
        self._tokens = dict(zip(self._ids.values(), self._ids, strict=True))
        self.size = max(self._tokens) + 1
        self._words = words
        self._pieces = _Pieces(vocabulary, vocabulary[unknown], inside, longest_word)
        # the longest that fits comes first
        literal = "|".join(map(re.escape, sorted(added, key=len, reverse=True)))
        self._added = re.compile(f"({literal})") if added else None

    @classmethod
    def read(cls, description: Any) -> WordPiece | None:
        """Make what a parsed ``tokenizer.json`` describes; None if it is no plain WordPiece."""
        match description:
            case {
                "normalizer": {
                    "type": "BertNormalizer",
                    "clean_text": bool(clean),
                    "handle_chinese_chars": bool(chinese),
                    "strip_accents": bool() | None as strip,
                    "lowercase": bool(lowercase),
                    **more_rules,
                },
                "pre_tokenizer": {"type": "BertPreTokenizer"},
                "model": {
                    "type": "WordPiece",
                    "vocab": dict(vocabulary),
                    "unk_token": str(unknown),
                    "continuing_subword_prefix": str(inside),
                    "max_input_chars_per_word": int(longest_word),
                    **more_settings,
                },
                "post_processor": around,
                "added_tokens": list(tokens),
            } if unknown in vocabulary and set(map(type, vocabulary.values())) == {int}:
                pass
            case _:
                return None
        ends, added = _ends(around), _added(tokens, vocabulary)
        if ends is None or added is None or more_rules or more_settings:
            return None
        if min(vocabulary.values()) < 0:
            raise ValueError("its vocabulary has a token id below 0")
        if not 0 < longest_word <= _LONGEST_WORD:  # a word's time grows with its square
            raise ValueError(f"max_input_chars_per_word is not from 1 to {_LONGEST_WORD:,}")
        strip = lowercase if strip is None else strip
        return cls(
            vocabulary,
            BertWords(clean=clean, chinese=chinese, strip=strip, lowercase=lowercase),
            unknown=unknown,
            inside=inside,
            longest_word=longest_word,
            added=added,
            prefix=ends[0],
            suffix=ends[1],
        )

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, without ``prefix`` and ``suffix``."""
        return [self._ids_of(text) for text in texts]

    def id_of(self, token: str) -> int | None:
        """The id of a token, if it is one."""
        return self._ids.get(token)

    def token_of(self, number: int) -> str:
        """The token of an id; empty if there is none."""
        return self._tokens.get(number, "")

    def _ids_of(self, text: str) -> list[int]:
        parts = self._added.split(text) if self._added else [text]
        found = list(chain.from_iterable(map(self._pieces.__getitem__, self._words(parts[0]))))
        for place in range(1, len(parts), 2):  # by turns an added token, and text
            found.append(self._ids[parts[place]])
            for word in self._words(parts[place + 1]):
                found += self._pieces[word]
        return found


class _Pieces(dict[str, tuple[int, ...]]):
    """Word -> ids of its pieces, found when a word is first met. Threads may share one."""

    def __init__(
        self, vocabulary: Mapping[str, int], unknown: int, inside: str, longest_word: int
    ) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._unknown = (unknown,)
        self._inside = inside
        self._longest_word = longest_word
        self._longest_token = max(map(len, vocabulary))  # longer pieces need no look

    def __missing__(self, word: str) -> tuple[int, ...]:
        if len(word) > self._longest_word:
            return self._unknown  # and not remembered: it may be a megabyte
        if len(self) >= _MOST_WORDS:
            self.clear()
        self[word] = found = self._cut(word)
        return found

    def _cut(self, word: str) -> tuple[int, ...]:
        """Take the longest token that opens the word, then the longest that opens the rest."""
        found: list[int] = []
        start = 0
        while start < len(word):
            opening = self._inside if start else ""
            for end in range(min(len(word), start + self._longest_token), start, -1):
                token = self._vocabulary.get(opening + word[start:end])
                if token is not None:
                    break
            else:
                return self._unknown
            found.append(token)
            start = end
        return tuple(found)


def _ends(around: Any) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Ids that a post-processor puts before and after a text; None if it does more than that."""
    match around:
        case None:
            return (), ()
        case {"type": "BertProcessing", "cls": [_, int(first)], "sep": [_, int(last)]}:
            return (first,), (last,)
        case {"type": "TemplateProcessing", "single": list(parts), "special_tokens": dict(special)}:
            sides: list[list[int]] = [[]]
        case _:
            return None
    for part in parts:
        match part:
            case {"Sequence": {"id": "A"}}:
                sides.append([])
            case {"SpecialToken": {"id": str(name)}}:
                match special.get(name):
                    case {"ids": list(ids)}:
                        sides[-1] += ids
                    case _:
                        return None
            case _:
                return None
    return (tuple(sides[0]), tuple(sides[1])) if len(sides) == 2 else None


def _added(tokens: list[Any], vocabulary: Mapping[str, int]) -> dict[str, int] | None:
    """Tokens to find in texts as they stand, and their ids; None if some need more than that.

    White space that such a token may take along (``lstrip``, ``rstrip``) falls away in any case.
    """
    found: dict[str, int] = {}
    new = 0
    if len(tokens) > _MOST_ADDED:
        return None
    for token in tokens:
        match token:
            case {
                "id": int(number),
                "content": str(content),
                "single_word": False,
                "normalized": False,
            } if content and content == content.strip():
                pass
            case _:
                return None
        # the package counts on from the vocabulary, whatever the file says
        if number != vocabulary.get(content, len(vocabulary) + new):
            return None
        new += content not in vocabulary
        found[content] = number
    if new and max(vocabulary.values()) >= len(vocabulary):
        return None  # a vocabulary with holes: the package counts in a way of its own
    return found

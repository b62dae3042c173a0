"""Stretched words at their usual length."""

from __future__ import annotations

import re
from itertools import product

from emoscope.text.tables import word_ranks

_STRETCHED = re.compile(r"([^\W\d_])\1\1")
_WORD = re.compile(r"[^\W\d_]+")
_RUN = re.compile(r"([^\W\d_])\1{2,}")
_LAUGHTER = re.compile(r"\b[bmw]?[wu]?a?h?(?:h{1,3}([aei])\1{0,2}){3,40}h*\b", re.IGNORECASE)
_MOST_RUNS = 4


def shorten_stretched(text: str) -> str:
    """``text`` with letters that come three times or more in a row reduced to two or one of them.

    Of a word's ways to do so the commonest word wins; if none is a word, two letters stay.
    Laughter of any length becomes "haha", "hehe" or "hihi".
    """
    text = _LAUGHTER.sub(lambda found: f"h{found[1]}".lower() * 2, text)
    return _WORD.sub(_shortened, text) if _STRETCHED.search(text) else text


def _shortened(found: re.Match[str]) -> str:
    word = found[0]
    runs = list(_RUN.finditer(word)) if _STRETCHED.search(word) else []
    if not runs:
        return word
    if len(runs) > _MOST_RUNS:
        return _RUN.sub(r"\1\1", word)
    ranks = word_ranks()
    ways = [_with_lengths(word, runs, lengths) for lengths in product((2, 1), repeat=len(runs))]
    return min(ways, key=lambda way: ranks.get(way.lower(), len(ranks)))


def _with_lengths(word: str, runs: list[re.Match[str]], lengths: tuple[int, ...]) -> str:
    parts, end = [], 0
    for run, length in zip(runs, lengths, strict=True):
        parts.append(word[end : run.start()] + run[1] * length)
        end = run.end()
    return "".join(parts) + word[end:]

"""Hashtags to the words that they are made of."""

from __future__ import annotations

import re
from math import log

from emoscope.text.tables import word_ranks

_LONGEST_TAG = 60
_LONGEST_WORD = 20
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+")


def split_hashtag(tag: str) -> str:
    """The words of ``tag``, given without its sign; the tag itself if they are not to be told.

    Capitals, digits and underscores divide it; a part without them is cut into the likeliest words
    by Zipf's law over :func:`~emoscope.text.tables.word_ranks`.
    """
    if len(tag) > _LONGEST_TAG:
        return tag
    return " ".join(word for part in _PART.findall(tag) for word in _words(part))


def _words(part: str) -> list[str]:
    ranks = word_ranks()
    lowered = part.lower()
    if not lowered.isascii() or not lowered.isalpha() or ranks.get(lowered, 10_000) < 10_000:
        return [part]
    # best[i]: cost of the first i letters, and where the last word of them begins
    best = [(0.0, 0)]
    for end in range(1, len(lowered) + 1):
        costs = [
            (best[start][0] + log((ranks[word] + 2) * log(len(ranks))), start)
            for start in range(max(0, end - _LONGEST_WORD), end)
            if (word := lowered[start:end]) in ranks
        ]
        best.append(min(costs, default=(float("inf"), 0)))
    if best[-1][0] == float("inf"):
        return [part]
    words: list[str] = []
    end = len(lowered)
    while end:
        start = best[end][1]
        words.append(part[start:end])
        end = start
    return words[::-1]

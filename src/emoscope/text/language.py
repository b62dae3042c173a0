"""Whether a text is in another language than English, by its script and its function words.

Function words are few, short and in every sentence, so a list of forty to ninety for each language
tells even a text of three words. ``function_words.tsv`` holds those of twenty languages in Latin
script, written for this project; other scripts tell by their letters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from emoscope.text.tables import names_of, word_ranks

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_MOST_CHARACTERS = 500
"""Of a text that are looked at: enough to tell, and a bound."""
_SAMPLED = 2000
_FEWEST = 2
"""Function words that tell: one may be a name."""
_COMMON = 300
"""The commonest English words, nearly all of them function words."""


def is_other_language(text: str) -> bool:
    """Whether ``text`` is more likely in another language than English.

    Names, single foreign words and quotations inside English leave it English.
    """
    words = _WORD.findall(text[:_MOST_CHARACTERS].lower())
    if not text.isascii() and 2 * sum(map(_is_of_other_script, words)) > len(words):
        return True
    distinct = set(words)
    languages, english = _words()
    found = distinct & languages.keys()
    n_english = len(english & distinct)
    if len(found) <= n_english:
        return False  # nearly every English text
    if len(found) >= _FEWEST:
        every = [language for word in found for language in languages[word]]
        n_other = max(map(every.count, set(every)))
        if n_other >= _FEWEST:
            return n_other > n_english and 5 * n_other >= len(words)
    unknown = sum(word not in word_ranks() for word in words)
    return n_english == 0 and len(words) > _FEWEST and 2 * unknown >= len(words)


def is_english(texts: Sequence[str]) -> bool:
    """Whether most of ``texts``, judged by up to 2,000 of them, are not in another language."""
    some = texts[:: len(texts) // _SAMPLED + 1]
    return 2 * sum(map(is_other_language, some)) <= len(some)


def _is_of_other_script(word: str) -> bool:
    return word[0] > "\u024f" and not "\u1e00" <= word[0] <= "\u1eff"


@cache
def _words() -> tuple[dict[str, tuple[int, ...]], frozenset[str]]:
    """Function word -> languages that have it; and English words."""
    languages: dict[str, tuple[int, ...]] = {}
    for number, words in enumerate(names_of("function_words.tsv").values()):
        for word in dict.fromkeys(words.split()):
            if len(word) > 1:
                languages[word] = (*languages.get(word, ()), number)
    english = frozenset(list(word_ranks())[:_COMMON])
    return languages, english

"""Emoji, emoticons, links, mentions, hashtags and stretched words as words that a vocabulary holds.

An encoder's vocabulary has no emoji, so that a heart and an angry face are one unknown token to it.
Here they become their names, which it knows. Every step is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata

from emoscope.text.emoji import name_emoji
from emoscope.text.emoticons import name_emoticons
from emoscope.text.hashtags import split_hashtag
from emoscope.text.punctuation import QUOTES
from emoscope.text.stretched import shorten_stretched
from emoscope.text.unicode import normalise, order_marks

LINK = "http"
MENTION = "@"
EMAIL = "email"

_ADDRESS_HINTS = ("@", "#", "://", "www.", "[URL]", "[EMAIL]")
_ADDRESS = re.compile(
    r"(?P<link>\b(?:https?://|www\.)\S+|\[URL\])"
    r"|(?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}|\[EMAIL\])"
    r"|(?P<mention>(?<![\w@])@\w+)"
    r"|(?<![\w&#])#(?P<tag>[^\W\d_]\w*)"
)
_REPEATED = re.compile(r"([!?.,~*=_-])\1{3,}")
_THRICE = re.compile(r"(.)\1\1|h[aei]+h[aei]+h", re.IGNORECASE)


def normalise_everyday(text: str) -> str:
    """Return ``text`` as words and punctuation of one kind, for any text in linear time.

    - Unicode: as :func:`emoscope.text.unicode.normalise`, then NFKC, which reads styled letters;
    - emoji, emoticons and kaomoji become their names ("loudly crying face"), repeated ones once;
    - links become ``http``, ``@name`` becomes ``@``, addresses of mail ``email``;
    - hashtags become their words (``#soproud``: "so proud");
    - stretched words get their usual length ("sooo": "so", "coool": "cool"), laughter is "haha";
    - typographic quotes and dashes become those of ASCII; at most three of a mark stay in a row.
    """
    text = normalise(text)
    if not text.isascii():
        text = text.translate(QUOTES)
    if any(hint in text for hint in _ADDRESS_HINTS):
        text = _ADDRESS.sub(_address, text)
    text = name_emoji(name_emoticons(text))
    if not text.isascii():
        text = unicodedata.normalize("NFKC", order_marks(text)).translate(QUOTES)
    if _THRICE.search(text):
        text = _REPEATED.sub(r"\1\1\1", shorten_stretched(text))
    return " ".join(text.split())


def _address(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "link":
            return f" {LINK} "
        case "email":
            return f" {EMAIL} "
        case "mention":
            return f" {MENTION} "
        case _:
            return f" {split_hashtag(found['tag'])} "

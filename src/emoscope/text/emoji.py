"""Emoji to their names.

``emoji.tsv`` gives the names: those of the Unicode Character Database, shortened, and own ones for
faces, hearts and gestures whose official name does not say what people mean by them.
"""

from __future__ import annotations

import re
from functools import cache

from emoscope.text.tables import names_of

JOINER = "\u200d"
_MODIFIERS = "\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
"""Presentation, skin tones, and the tags of regional flags: none of them changes the emotion."""
_MODIFIER = re.compile(f"[{_MODIFIERS}]")
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"


def name_emoji(text: str) -> str:
    """``text`` with each emoji as its name, one name for several of the same in a row."""
    if text.isascii():
        return text
    text = _pattern().sub(_named, text)
    return _MODIFIER.sub("", text).replace(JOINER, "")


@cache
def _pattern() -> re.Pattern[str]:
    first = "".join(sorted({re.escape(symbol[0]) for symbol in names_of("emoji.tsv")}))
    one = f"[{first}][{_MODIFIERS}]*"
    return re.compile(f"({_KEYCAP}|{_FLAG}|{one}(?:{JOINER}{one})*)(?: ?\\1)*")


def _named(found: re.Match[str]) -> str:
    return f" {_name(found[1])} "


@cache
def _name(emoji: str) -> str:
    names = names_of("emoji.tsv")
    bare = _MODIFIER.sub("", emoji)
    if bare in names:
        return names[bare]
    if "\u20e3" in bare:
        return bare[0]
    if "\U0001f1e6" <= bare[0] <= "\U0001f1ff":
        return "flag"
    parts = [part for part in bare.split(JOINER) if part not in ("♀", "♂", "⚧")]
    return " ".join(dict.fromkeys(names[part] for part in parts if part in names))

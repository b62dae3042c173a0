"""Emoticons and kaomoji to the names of the faces that they stand for."""

from __future__ import annotations

import re
from functools import cache

from emoscope.text.punctuation import QUOTES
from emoscope.text.tables import names_of

_FACES = {
    r"[:=]['’]-?\(+": "crying sad face",
    r"[:=]['’]-?[)D]+": "happy tears",
    r">[:=]-?\(+": "angry face",
    r">[:=]-?\)+": "mischievous devil smile",
    r"[:=]-?\)+|(?<!\w)\(-?[:=](?!\w)": "happy smiling face",
    r"[:=;]-?D+\b|\b[xX]D+\b": "laughing face",
    r"[:=]-?\(+": "sad frowning face",
    r";-?\)+": "winking face",
    r"(?<![\w:])[:=;]-?[pP]\b": "tongue out joking face",
    r"(?<![\w:])[:=]-?[/\\](?![\w/])": "unsure face",
    r"(?<![\w:])[:=]-?\|(?!\|)": "neutral face",
    r"(?<![\w:])[:=]-?[oO]\b": "surprised face",
    r"(?<![\w:])[:=]-?\*(?!\w)": "kissing face",
    r"(?<![\w:]):-?3\b": "cute happy face",
    r"(?<!\S)D:(?!\S)": "horrified face",
    r"</3+(?!\d)": "broken heart",
    r"<3+(?!\d)": "heart love",
    r"\^[_.-]?\^": "happy smiling face",
    r"(?<![\w-])-[_.]{1,3}-(?![\w-])": "annoyed face",
    r">[_.]{1,3}<": "struggling pained face",
    r"\bT[_.-]T\b|;[_.-];|\bToT\b": "crying sad face",
    r"\b[oO0][_.][oO0]\b": "shocked confused face",
    r"(?<!\S)\\o/(?!\S)": "cheering with raised arms",
}


_FACE_HINTS = (
    ":",
    "=",
    ";",
    "^",
    "<",
    ">",
    "\\",
    "-_",
    "-.",
    "_",
    "xD",
    "XD",
    "o.",
    "O.",
    "T.",
    "T-",
    "To",
)
_FACE_STARTS = r":=;<>^TxXoO0D\\(-"
_KAOMOJI_HINT = re.compile(r"[^\x00-\x7f]|\([^\s\d]?[;^>._o@=-]|\(TT\)|\\\(")


def name_emoticons(text: str) -> str:
    """``text`` with each emoticon as the name of its face."""
    if _KAOMOJI_HINT.search(text):
        pattern, names = _kaomoji()
        text = pattern.sub(lambda found: f" {names[found[0]]} ", text)
    if not any(hint in text for hint in _FACE_HINTS):
        return text
    pattern, faces = _faces()
    return pattern.sub(lambda found: f" {faces[found.lastindex or 0]} ", text)


@cache
def _kaomoji() -> tuple[re.Pattern[str], dict[str, str]]:
    names = {s.translate(QUOTES): name for s, name in names_of("emoticons.tsv").items()}
    by_length = sorted(names, key=len, reverse=True)  # the longest that fits comes first
    starts = "".join(sorted({re.escape(symbol[0]) for symbol in names}))
    return re.compile(f"(?=[{starts}])(?:{'|'.join(map(re.escape, by_length))})"), names


@cache
def _faces() -> tuple[re.Pattern[str], list[str]]:
    """One alternative a face, and the name that belongs to each group."""
    pattern = "|".join(f"({face})" for face in _FACES)
    return re.compile(f"(?=[{_FACE_STARTS}])(?:{pattern})"), ["", *_FACES.values()]

"""Structures that were written into one cell: JSON, Python and NumPy literals, Postgres arrays.

``["joy", null]``, ``('joy', 'anger')``, ``{'joy'}``, ``['joy' nan]``, ``[0. 1. 0.]``,
``array(['joy'], dtype=object)``, ``[joy, fear]``, ``{joy,fear}``. Nothing is evaluated, and
``ast.literal_eval`` is not enough: it knows neither ``nan`` nor NumPy's missing commas.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any

MOST_CHARACTERS = 100_000
_DEEPEST = 8
_CLOSES = {"[": "]", "(": ")", "{": "}"}
_CALLS = frozenset(
    ("array", "set", "frozenset", "list", "tuple", "str", "str_", "int", "float", "bool")
)
_NUMPY_SCALAR = re.compile(r"(?:u?int|float|bool)\d*_?")
_CALL = re.compile(r"(?:np\.|numpy\.)?(?:array|set|frozenset|list|tuple)\(.*\)", re.DOTALL)
_CUT_OFF = re.compile(r"[\[({]\s*['\"\[{(\d]")
_SEQUENCE_IN_PARENTHESES = re.compile(r"\(.*['\",].*\)|\([\d\s.]*\)", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[\[\](){},:=])
    |[uUbB]?(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<word>[^\[\](){},:='"\s](?:[^\[\](){},:='"]*[^\[\](){},:='"\s])?))""",
    re.DOTALL | re.VERBOSE,
)
_INTEGER = re.compile(r"[-+]?\d{1,18}", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\d{1,300}\.\d*|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_WORDS = {
    "true": True, "True": True, "false": False, "False": False,
    **dict.fromkeys(("nan", "NaN", "null", "None", "NA", "<NA>", "NaT", "undefined")),
}  # fmt: skip


def is_structured(text: str) -> bool:
    """Whether a stripped cell is, or begins as, a list, tuple, set, array or mapping.

    ``(neutral)`` and ``[sic`` are names; ``["joy", "an`` is a list that was cut off.
    """
    closes = _CLOSES.get(text[:1])
    if closes is None:
        return _CALL.fullmatch(text) is not None
    if not text.endswith(closes):
        return _CUT_OFF.match(text) is not None
    return closes != ")" or _SEQUENCE_IN_PARENTHESES.fullmatch(text) is not None


def parse_structure(text: str) -> Any:
    """The value that ``text`` writes down; raises ValueError with the reason."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"a structure of {len(text):,} characters is too long for labels")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    parser = _Parser(text)
    values = parser.value(0)
    parser.expect_end()
    return values[0]


class _Parser:
    """Recursive descent over the tokens of one cell."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place, end = 0, len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if found is None:
                raise ValueError("a quote in it is not closed")
            kind = str(found.lastgroup)
            self._tokens.append((kind, found[kind]))
            place = found.end()
        self._place = 0

    def expect_end(self) -> None:
        if self._place < len(self._tokens):
            raise ValueError("something follows behind its end")

    def value(self, depth: int) -> list[Any]:
        """The next value, or several where NumPy leaves out commas between numbers."""
        if depth > _DEEPEST:
            raise ValueError("it is nested too deeply")
        kind, text = self._next()
        if kind == "quoted":
            return [_unquoted(text)]
        if kind == "word":
            return [self._call(text, depth)] if self._peek() == "(" else _word(text)
        if text not in _CLOSES:
            raise ValueError(f"{text!r} stands where a value should be")
        return [self._items(_CLOSES[text], depth)]

    def _items(self, closes: str, depth: int) -> Any:
        items: list[Any] = []
        pairs: dict[Any, Any] = {}
        while self._peek() != closes:
            if self._peek() == ",":
                self._place += 1
                continue
            values = self.value(depth + 1)
            if closes == "}" and self._peek() == ":":
                self._place += 1
                (key,) = values if len(values) == 1 else (None,)
                if not isinstance(key, (str, int, float)):
                    raise ValueError("a key in it is no name")
                pairs[key] = self.value(depth + 1)[0]
            else:
                items += values
        self._place += 1
        if pairs and items:
            raise ValueError("it mixes pairs and single values")
        return pairs or items

    def _call(self, name: str, depth: int) -> Any:
        short = name.removeprefix("numpy.").removeprefix("np.")
        if short not in _CALLS and not _NUMPY_SCALAR.fullmatch(short):
            raise ValueError(f"{name}(...) is not a list of labels")
        self._place += 1
        inside: list[Any] = []
        while self._peek() != ")":
            if self._peek() == ",":
                self._place += 1
            values = self.value(depth + 1)
            if self._peek() == "=":  # dtype=object
                self._place += 1
                self.value(depth + 1)
            else:
                inside += values
        self._place += 1
        return inside[0] if inside else []

    def _peek(self) -> str | None:
        """The next token if it is a mark, a name for other ones; raises ValueError at the end."""
        if self._place == len(self._tokens):
            raise ValueError("its end is missing")
        kind, text = self._tokens[self._place]
        return text if kind == "mark" else None

    def _next(self) -> tuple[str, str]:
        self._peek()
        self._place += 1
        return self._tokens[self._place - 1]


def _unquoted(text: str) -> str:
    try:
        return str(ast.literal_eval(text.replace("\n", "\\n").replace("\r", "\\r")))
    except (ValueError, SyntaxError) as error:
        raise ValueError(f"{text} has a broken escape") from error


def _word(text: str) -> list[Any]:
    parts = text.split()
    if "..." in parts:
        raise ValueError("NumPy has left out its middle (...)")
    if all(part in _WORDS or _INTEGER.fullmatch(part) or _FLOAT.fullmatch(part) for part in parts):
        return [_scalar(part) for part in parts]
    return [text]


def _scalar(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    return int(word) if _INTEGER.fullmatch(word) else float(word)

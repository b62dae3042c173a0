"""The forms in which a request may give its texts, each with its JSON schema beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from emoscope.errors import RequestRefused

_MOST_KEYS = 100
_UNREADABLE = re.compile(r"[\x00\ud800-\udfff]")

TEXT_SCHEMA: dict[str, Any] = {"type": "string", "pattern": "^[^\\u0000]*$"}
"""A text of any characters but U+0000; ``schemas.with_limits`` adds the longest length."""


@dataclass(frozen=True)
class Texts:
    """The texts of a request."""

    texts: tuple[str, ...]
    many: bool
    """Whether the answer is a list of answers; a bare text gets a bare answer."""

    def check(
        self, most_texts: int, most_characters: int, *, cut: Literal["", "left", "right"] = ""
    ) -> Texts:
        """Hold the texts to the service's limits; ``cut`` shortens long ones at that end.

        Raises :class:`RequestRefused` with 413 for too many texts or a text that is too long.
        """
        if len(self.texts) > most_texts:
            raise _too_many(len(self.texts), most_texts)
        longest = max(map(len, self.texts))
        if longest <= most_characters:
            return self
        if cut:
            kept = slice(-most_characters, None) if cut == "left" else slice(most_characters)
            return Texts(tuple(text[kept] for text in self.texts), self.many)
        place = [len(text) for text in self.texts].index(longest)
        raise RequestRefused(
            413,
            f"Text {place} has {longest:,} characters; {most_characters:,} may a text have. "
            "Split it into several texts.",
        )


def refuse_oversized(body: object, most_texts: int) -> None:
    """Refuse a request by its number of texts or keys, before the work of validating each of them.

    A body of a megabyte holds 300,000 empty texts, whose validation takes half a second. Raises
    :class:`RequestRefused` with 413, or with 422 for the keys.
    """
    if not isinstance(body, dict):
        return
    if len(body) > _MOST_KEYS:
        raise RequestRefused(
            422, f"The body has {len(body):,} keys; at most {_MOST_KEYS} are read."
        )
    for value in body.values():
        if isinstance(value, list) and len(value) > max(2, most_texts):  # a pair is one text
            raise _too_many(len(value), most_texts)


def _too_many(texts: int, most: int) -> RequestRefused:
    return RequestRefused(
        413, f"The request has {texts:,} texts; {most:,} may come at once. Send several requests."
    )


def _read_text(value: object, place: str = "") -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("text", "{place}must be a text", {"place": place})
    found = _UNREADABLE.search(value)
    if found:
        kind = "null character" if found[0] == "\0" else "half of a surrogate pair"
        raise PydanticCustomError(
            "text",
            "{place}holds a {kind} at character {at}; remove it",
            {"place": place, "kind": kind, "at": found.start()},
        )
    return value


def _read_texts(value: object) -> Texts:
    if isinstance(value, str):
        return Texts((_read_text(value),), many=False)
    if isinstance(value, list) and value:
        return Texts(tuple(_read_text(t, f"text {i} ") for i, t in enumerate(value)), many=True)
    raise PydanticCustomError("texts", "must be a text, or a list of at least one text")


def _read_inputs(value: object) -> Texts:
    if isinstance(value, str):
        return Texts((_read_text(value),), many=False)
    if isinstance(value, list) and value:
        if all(isinstance(part, list) for part in value):
            return Texts(tuple(_joined(p, f"text {i} ") for i, p in enumerate(value)), many=True)
        return Texts((_joined(value, ""),), many=False)
    raise _wrong_inputs()


def _joined(parts: list[object], place: str) -> str:
    """One text, or a pair of texts, read as one with a space between."""
    if not 1 <= len(parts) <= 2 or not all(isinstance(part, str) for part in parts):
        raise _wrong_inputs()
    return " ".join(_read_text(part, place) for part in parts)


def _wrong_inputs() -> PydanticCustomError:
    return PydanticCustomError(
        "inputs",
        'must be a text, a pair of texts ["a", "b"], or a batch in which each text or pair has '
        'its own list: [["a"], ["b"], ["c"]]',
    )


def _listed(least: int, most: int | None, items: dict[str, Any], title: str) -> dict[str, Any]:
    limits = {"minItems": least} | ({} if most is None else {"maxItems": most})
    return {"type": "array", "items": items, "title": title, **limits}


OneText = Annotated[str, PlainValidator(_read_text), WithJsonSchema(TEXT_SCHEMA)]

TextOrTexts = Annotated[
    Texts,
    PlainValidator(_read_texts),
    WithJsonSchema({"anyOf": [TEXT_SCHEMA, _listed(1, None, TEXT_SCHEMA, "Several texts")]}),
]
"""A text, or a list of texts."""

Inputs = Annotated[
    Texts,
    PlainValidator(_read_inputs),
    WithJsonSchema(
        {
            "anyOf": [
                TEXT_SCHEMA,
                _listed(1, 2, TEXT_SCHEMA, "A text or a pair of texts"),
                _listed(1, None, _listed(1, 2, TEXT_SCHEMA, "A text or a pair"), "A batch"),
            ]
        }
    ),
]
"""The ``inputs`` of Hugging Face's text-embeddings-inference (router/src/http/types.rs there): a
text and a list of one or two texts are a single input; a list of such lists is a batch."""

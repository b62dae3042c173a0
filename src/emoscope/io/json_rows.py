"""JSON values on their way into a chunk."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from emoscope.errors import DataError
from emoscope.io.cell_values import ExactNumber
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.json_records import JsonRecords
from emoscope.io.lines import decoding_problem, replace_undecodable

_LONGEST_SHOWN = 80
_KINDS = {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}
_PLAIN_DIGITS = 15
"""As many significant digits as every 64-bit float keeps."""


class JsonRows:
    """Collects the rows of a chunk from their JSON text; one that is not an object has an error."""

    def __init__(self, source: str, unit: str, reserved: frozenset[str]) -> None:
        """``reserved``: fields that no row may have."""
        self._source = source
        self._unit = unit
        self._reserved = reserved
        self._raws: list[str] = []
        self._objects: list[dict[str, Any]] = []
        self._places: list[int] = []
        self._errors: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._raws)

    def add(self, text: str, place: int, *, odd: bool) -> None:
        """Add the row ``text`` that is at ``place``; ``odd`` text holds bytes that are no text.

        Raises :class:`DataError` when it has a reserved field.
        """
        problem = decoding_problem(text) if odd else None
        raw = replace_undecodable(text).strip() if odd else text.strip()
        value: Any = {}
        try:
            value = parse_json(raw)
        except RecursionError:
            problem = problem or "JSON that is nested too deeply"
        except ValueError as error:
            problem = problem or f"not JSON ({error}): {raw[:_LONGEST_SHOWN]}"
        else:
            if not isinstance(value, dict):
                kind = _KINDS.get(type(value), "a number")
                problem = problem or f"{kind} and not a JSON object: {raw[:_LONGEST_SHOWN]}"
        if not isinstance(value, dict) or not value:
            raw, value = "{}", {}
        taken = sorted(self._reserved.intersection(value))
        if taken:
            raise DataError(
                f"{self._source}, {self._unit} {place:,} has a field {taken[0]!r} of its own, "
                "which labelling adds. Give the added columns a prefix, such as --prefix emo_, or "
                "rename that field."
            )
        if problem is not None:
            self._errors[len(self._raws)] = problem
        self._raws.append(raw[1:-1].strip())
        self._objects.append(value)
        self._places.append(place)

    def chunk(self, after: Cursor, share: float | None) -> Chunk:
        """The rows as a chunk."""
        records = JsonRecords(self._raws, self._objects)
        return Chunk(records, self._errors, self._places, self._unit, self._source, after, share)


def parse_json(text: str) -> Any:
    """The value of ``text``, with numbers that floats cannot hold as :class:`ExactNumber`.

    Keys with lone surrogates, which no output format can hold, get U+FFFD instead.
    Raises :class:`ValueError` for text that is not JSON, :class:`RecursionError` for deep nesting.
    """
    value = _DECODER.decode(text)
    if isinstance(value, dict) and ("\\ud" in text or "\\uD" in text):
        return {replace_undecodable(key): item for key, item in value.items()}
    return value


def _number(text: str) -> float:
    value = float(text)
    if len(text) <= _PLAIN_DIGITS and math.isfinite(value) and (value or "e" not in text.lower()):
        return value
    mantissa = text.lower().partition("e")[0].lstrip("-0.").replace(".", "")
    held = math.isfinite(value) and (value or not mantissa.strip("0"))
    if held and len(mantissa.rstrip("0")) <= _PLAIN_DIGITS:
        return value
    return value if held and repr(value) == text else ExactNumber(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, n in Counter(name for name, _ in pairs).items() if n > 1)
        raise ValueError(f"the field {twice!r} occurs more than once")
    return found


_DECODER = json.JSONDecoder(parse_float=_number, object_pairs_hook=_object)

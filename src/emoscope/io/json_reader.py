"""JSON input: lines of one object each, or a document of records.

A document is an array of records, or records that go over several lines. They are read one at a
time, so that memory holds a chunk of them, however long the array is.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from emoscope.errors import DataError
from emoscope.io.cell_values import ExactNumber
from emoscope.io.line_reader import LineReader, Row
from emoscope.io.lines import (
    LEFT_OUT,
    LONGEST_LINE,
    Lines,
    decoding_problem,
    replace_undecodable,
)
from emoscope.io.text_records import JsonRecords

_LINE_ENDS = re.compile(r"\s*[\r\n]\s*")  # strings hold none, so these are between values
_BETWEEN = re.compile(r"[\s,\[\]]*")
_MARKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?P<closed>"?)|[{}\[\]]', re.DOTALL)
_SCALAR = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[^\s,\[\]{"]+|.', re.DOTALL)
_LONGEST_SHOWN = 80
_KINDS = {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}
_PLAIN_DIGITS = 15
"""As many significant digits as every 64-bit float keeps."""


class JsonReader(LineReader):
    """JSON lines: one object a line. Blank lines are no rows."""

    reserved: frozenset[str] = frozenset()
    """Fields that are going to be added, so that no row may have them already."""

    def rows(self, lines: Lines) -> Iterator[Row]:
        """Yield every object; raises :class:`DataError` at one that has a reserved field."""
        lines.begin_record()
        for line in lines:
            if line.strip():
                yield self._row(line, lines.number, odd=lines.odd)
            lines.begin_record()

    def records(self, values: list[tuple[str, dict[str, Any]]]) -> JsonRecords:
        """Objects with their text."""
        return JsonRecords([raw for raw, _ in values], [value for _, value in values])

    def _row(self, text: str, place: int, *, odd: bool) -> Row:
        """The row ``text`` that is at ``place``; ``odd`` text holds bytes that are no text."""
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
        taken = sorted(self.reserved.intersection(value))
        if taken:
            raise DataError(
                f"{self.name}, {self.unit} {place:,} has a field {taken[0]!r} of its own, "
                "which labelling adds. Give the added columns a prefix, such as --prefix emo_, or "
                "rename that field."
            )
        return (raw[1:-1].strip(), value), place, problem


class JsonDocumentReader(JsonReader):
    """One JSON document; an array is its records, a single object is one record."""

    unit = "record"

    def rows(self, lines: Lines) -> Iterator[Row]:
        """Yield every record; raises :class:`DataError` at one that has a reserved field."""
        for number, text in enumerate(_records(lines.blocks()), start=1):
            yield self._row(_LINE_ENDS.sub(" ", text), number, odd=True)


def is_json_document(sample: list[str]) -> bool:
    """Whether lines begin an array of objects, or an object over several lines; else JSON lines."""
    text = "".join(sample).lstrip()
    if text.startswith("["):
        return re.match(r"\[\s*(?:\{|\]\s*$|$)", text) is not None
    first, _, rest = text.partition("\n")
    if not first.startswith("{") or not rest.strip():
        return False
    if first.strip() == "{":
        return True
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return end > len(first)


def _records(blocks: Iterator[str]) -> Iterator[str]:
    """The text of one record after the other, told apart by their brackets."""
    text, at, start, depth = "", 0, 0, 0  # `at` has been looked at, the record begins at `start`
    for block in blocks:
        text, at, start = text[start:] + block, at - start, 0
        while at < len(text):
            if depth == 0:
                start = at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
                if at == len(text):
                    break
                if text[at] != "{":
                    end = _SCALAR.match(text, at).end()  # type: ignore[union-attr]
                    if end == len(text):
                        break
                    yield text[at:end]
                    start = at = end
                    continue
            mark = _MARKS.search(text, at)
            if mark is None:
                at = len(text)
                break
            if mark[0].startswith('"'):
                if not mark["closed"]:
                    at = mark.start()
                    break
            else:
                depth += 1 if mark[0] in "{[" else -1
            at = mark.end()
            if depth == 0:
                yield text[start:at]
                start = at
        if len(text) - start > LONGEST_LINE:
            yield LEFT_OUT
            return
    if text[start:].strip():
        yield text[start:]


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

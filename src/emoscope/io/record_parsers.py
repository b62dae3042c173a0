"""Lines to fields, by each way of quoting."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from emoscope.io.read_options import Quoting

_INSIDE = re.compile(r'[^"\\]*(?:(?:\\.|"")[^"\\]*)*', re.DOTALL)
"""What a quoted field holds, up to its closing quote or the end of the line."""
_ESCAPED = re.compile(r'\\(["\\])|"(")')


def parse_records(lines: Iterator[str], delimiter: str, quoting: Quoting) -> Iterator[list[str]]:
    """The fields of one record after the other; none for a blank line.

    Takes no line before it is needed. Raises :class:`csv.Error` for quotes that are not closed.
    """
    if quoting == "csv":
        return csv.reader(lines, delimiter=delimiter, strict=True)
    if quoting == "none":
        return _unquoted(lines, delimiter)
    return _backslash(lines, delimiter)


def strip_line_end(line: str) -> str:
    """``line`` without its line feed and the carriage return before it."""
    return line.removesuffix("\n").removesuffix("\r")


def _unquoted(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    for line in lines:
        body = strip_line_end(line)
        yield body.split(delimiter) if body else []


def _backslash(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """Python's csv module would take a backslash for an escape outside quotes too."""
    for line in lines:
        fields: list[str] = []
        rest = line
        while True:
            if rest.startswith('"'):
                field, rest = _quoted(rest, lines)
                if rest.strip("\r\n") and not rest.startswith(delimiter):
                    raise csv.Error("a quote inside a field has no backslash before it")
                more = rest.startswith(delimiter)
                rest = rest[1:]
            else:
                field, found, rest = rest.partition(delimiter)
                more = bool(found)
                field = field if more else strip_line_end(field)
            fields.append(field)
            if not more:
                break
        yield fields if fields != [""] or line.startswith('"') else []


def _quoted(text: str, lines: Iterator[str]) -> tuple[str, str]:
    """(the quoted field at the beginning of ``text``, what follows its closing quote)."""
    parts: list[str] = []
    start = 1
    while True:
        end = _INSIDE.match(text, start).end()  # type: ignore[union-attr]  # it matches nothing too
        parts.append(text[start:end])
        if text.startswith('"', end):
            return _ESCAPED.sub(r"\1\2", "".join(parts)), text[end + 1 :]
        parts.append(text[end:])  # a backslash at the end of the input
        line = next(lines, None)
        if line is None:
            raise csv.Error("unexpected end of data")
        text, start = line, 0

"""A JSON document: an array of records, or records that go over several lines.

Records are read one at a time, so that memory holds a chunk of them, however long the array is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from emoscope.io.chunks import CHUNK_BYTES, Chunk, Cursor
from emoscope.io.json_rows import JsonRows
from emoscope.io.line_sources import LineSource
from emoscope.io.lines import LEFT_OUT, LONGEST_LINE

_LINE_ENDS = re.compile(r"\s*[\r\n]\s*")  # strings hold none, so these are between values
_BETWEEN = re.compile(r"[\s,\[\]]*")
_MARKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?P<closed>"?)|[{}\[\]]', re.DOTALL)
_SCALAR = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[^\s,\[\]{"]+|.', re.DOTALL)


class JsonDocumentReader:
    """One JSON document; an array is its records, a single object is one record."""

    columns: tuple[str, ...] | None = None
    repeated: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def __init__(self, source: LineSource, file: int = 0) -> None:
        self.name = source.name
        self.reserved: frozenset[str] = frozenset()
        """Fields that are going to be added, so that no row may have them already."""
        self._source = source
        self._file = file

    def chunks(self, start: Cursor, rows: int) -> Iterator[Chunk]:
        """Yield chunks of ``rows`` records from ``start`` on, the last one shorter.

        A record has no place in bytes that reading could continue at, so those before ``start``
        are read again.
        """
        lines = self._source.lines(Cursor(self._file))
        try:
            row, size = 0, 0
            found = JsonRows(self.name, "record", self.reserved)
            for text in _records(lines.blocks()):
                row += 1
                if row <= start.row:
                    continue
                found.add(_LINE_ENDS.sub(" ", text), row, odd=True)
                size += len(text)
                if len(found) == rows or size >= CHUNK_BYTES:
                    yield found.chunk(Cursor(self._file, row=row), lines.share())
                    found, size = JsonRows(self.name, "record", self.reserved), 0
            if len(found):
                yield found.chunk(Cursor(self._file, row=row), lines.share())
        finally:
            lines.leave()


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

"""Plain text input: every line is a text, empty lines too, so that line numbers stay aligned."""

from __future__ import annotations

from collections.abc import Iterator

from emoscope.io.chunks import CHUNK_BYTES, Chunk, Cursor
from emoscope.io.line_sources import LineSource
from emoscope.io.lines import decoding_problem, replace_undecodable
from emoscope.io.text_records import TextRecords

COLUMN = "text"


class PlainTextReader:
    """One plain-text input."""

    columns: tuple[str, ...] | None = (COLUMN,)
    repeated: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def __init__(self, source: LineSource, file: int = 0) -> None:
        self.name = source.name
        self._source = source
        self._file = file

    def chunks(self, start: Cursor, rows: int) -> Iterator[Chunk]:
        """Yield chunks of ``rows`` lines from ``start`` on, the last one shorter."""
        lines = self._source.lines(start)
        try:
            while True:
                first, begun = lines.number + 1, lines.offset
                texts: list[list[str]] = []
                errors: dict[int, str] = {}
                while len(texts) < rows and lines.offset - begun < CHUNK_BYTES:
                    lines.begin_record()
                    line = next(lines, None)
                    if line is None:
                        break
                    line = line.rstrip("\r\n")
                    if lines.odd:
                        errors[len(texts)] = decoding_problem(line) or "no text"
                        line = replace_undecodable(line)
                    texts.append([line])
                if not texts:
                    return
                yield Chunk(
                    TextRecords((COLUMN,), texts),
                    errors,
                    range(first, first + len(texts)),
                    "line",
                    self.name,
                    Cursor(self._file, lines.offset, lines.number, lines.number),
                    lines.share(),
                )
        finally:
            lines.leave()

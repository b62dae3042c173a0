"""JSON lines input: one object a line. Blank lines are no rows."""

from __future__ import annotations

from collections.abc import Iterator

from emoscope.io.chunks import CHUNK_BYTES, Chunk, Cursor
from emoscope.io.json_rows import JsonRows
from emoscope.io.line_sources import LineSource


class JsonLinesReader:
    """One input of JSON lines."""

    columns: tuple[str, ...] | None = None
    """None: every row names its own fields."""
    repeated: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def __init__(self, source: LineSource, file: int = 0) -> None:
        self.name = source.name
        self.reserved: frozenset[str] = frozenset()
        """Fields that are going to be added, so that no row may have them already."""
        self._source = source
        self._file = file

    def chunks(self, start: Cursor, rows: int) -> Iterator[Chunk]:
        """Yield chunks of ``rows`` rows from ``start`` on, the last one shorter.

        Raises :class:`DataError` at a row that has one of the reserved fields.
        """
        lines = self._source.lines(start)
        try:
            row, more = start.row, True
            while more:
                begun = lines.offset
                found = JsonRows(self.name, "line", self.reserved)
                while more and len(found) < rows and lines.offset - begun < CHUNK_BYTES:
                    lines.begin_record()
                    line = next(lines, None)
                    more = line is not None
                    if line is not None and line.strip():
                        found.add(line, lines.number, odd=lines.odd)
                row += len(found)
                if len(found):
                    after = Cursor(self._file, lines.offset, lines.number, row)
                    yield found.chunk(after, lines.share())
        finally:
            lines.leave()

"""Input that is read line by line, and plain text, where every line is a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from emoscope.io.chunks import CHUNK_BYTES, Chunk, Cursor, Reader, Records
from emoscope.io.line_sources import LineSource
from emoscope.io.lines import Lines, decoding_problem, replace_undecodable
from emoscope.io.text_records import TextRecords

Row = tuple[Any, int, str | None]
"""What the format makes of a row, its place counted from one, and why it cannot be read."""

COLUMN = "text"


class LineReader(Reader):
    """Gathers the rows of a text format into chunks."""

    unit: ClassVar[str] = "line"

    def __init__(self, source: LineSource, file: int = 0) -> None:
        super().__init__(source.name, file)
        self.source = source

    def rows(self, lines: Lines) -> Iterator[Row]:
        """Yield the rows of the format."""
        raise NotImplementedError

    def records(self, values: list[Any]) -> Records:
        """The values of some rows together."""
        raise NotImplementedError

    def chunks(self, rows: int) -> Iterator[Chunk]:
        """Yield chunks of ``rows`` rows from the first on, the last one shorter."""
        lines = self.source.lines()
        try:
            found, done = self.rows(lines), 0
            while True:
                end = lines.offset + CHUNK_BYTES
                values: list[Any] = []
                places: list[int] = []
                errors: dict[int, str] = {}
                for value, place, problem in found:
                    if problem is not None:
                        errors[len(values)] = problem
                    values.append(value)
                    places.append(place)
                    if len(values) == rows or lines.offset >= end:
                        break
                if not values:
                    return
                done += len(values)
                yield Chunk(
                    self.records(values),
                    errors,
                    places,
                    self.unit,
                    self.name,
                    Cursor(self.file, done),
                    lines.share(),
                )
        finally:
            lines.leave()


class PlainTextReader(LineReader):
    """Plain text. Empty lines are rows too, so that line numbers stay aligned."""

    columns = (COLUMN,)

    def rows(self, lines: Lines) -> Iterator[Row]:
        """Yield every line as a row of one field."""
        lines.begin_record()
        for line in lines:
            text, problem = line.rstrip("\r\n"), None
            if lines.odd:
                problem, text = decoding_problem(text) or "no text", replace_undecodable(text)
            yield [text], lines.number, problem
            lines.begin_record()

    def records(self, values: list[list[str]]) -> TextRecords:
        """Rows of one field."""
        return TextRecords((COLUMN,), values)

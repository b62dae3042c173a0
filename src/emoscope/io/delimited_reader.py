"""CSV and TSV input, row by row; a broken row does not stop the reading.

Where a quote is never closed, a parser that follows RFC 4180 takes the rest of the file for one
field. This reader gives up the line on which the record began, reports it, and continues with the
next line.

Blank lines are not rows, with one exception: where a file has a single column, a blank line is an
empty cell of it, which is how spreadsheets write one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field

from emoscope.errors import NoExamples, UnreadableFile
from emoscope.io.chunks import CHUNK_BYTES, Chunk, Cursor
from emoscope.io.column_names import distinct_names, repeated_names
from emoscope.io.dialect import find_dialect
from emoscope.io.line_sources import LineSource
from emoscope.io.lines import (
    LONGEST_LINE,
    Lines,
    RecordTooLong,
    decoding_problem,
    replace_undecodable,
)
from emoscope.io.read_options import ReadOptions
from emoscope.io.record_parsers import parse_records, strip_line_end
from emoscope.io.text_records import TextRecords

_BROKEN_QUOTES = "a double quote opens a field here and is not closed as CSV wants"
_JOINED = (
    "a double quote opens a field here, and the next one that could close it is in another row"
)
_BROKEN_LINE_END = "a carriage return outside quotes that does not end the line"


class DelimitedReader:
    """One CSV or TSV input.

    Raises :class:`NoExamples` when it has not even a header, and :class:`UnreadableFile` when the
    header is not text.
    """

    def __init__(
        self, source: LineSource, options: ReadOptions | None = None, file: int = 0
    ) -> None:
        """Find the dialect in the first lines, where ``options`` leave it open; read the header."""
        options = options or ReadOptions()
        # This limit is the process's and too low; Lines bounds the length of a record.
        csv.field_size_limit(max(csv.field_size_limit(), 2 * LONGEST_LINE))
        self.name = source.name
        self._source = source
        self._file = file
        lines = source.lines(Cursor(file))
        try:
            sample, whole = lines.sample()
            dialect = find_dialect(sample, whole, options, self.name)
            self._delimiter, self._quoting = dialect.delimiter, dialect.quoting
            self._shape = dialect.shape
            for _ in range(dialect.lines_above):
                lines.begin_record()
                next(lines)
            start = lines.offset, lines.number
            header = self._header(lines)
            self._width_of = "the header" if dialect.header else "the first row"
            if dialect.header:
                start = lines.offset, lines.number
            else:
                header = [f"column_{number}" for number in range(1, len(header) + 1)]
                lines.go_back(keep=0)
            self.columns, notes = distinct_names(header, self.name)
            self.repeated = repeated_names(header)
            self.found_header = dialect.header and options.header is None
            """Whether the first row was taken for a header, and no option said so."""
            self._notes = (*dialect.notes, *notes)
            self._doubtful: dict[
                int, None
            ] = {}  # lines where records begin that may be several rows
            self._rows_start = Cursor(file, *start)
        finally:
            lines.leave()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided about the file, and which rows are doubtful among those read so far."""
        if not self._doubtful:
            return self._notes
        n = len(self._doubtful)
        return (
            *self._notes,
            f"{self.name}: quotes join several lines into one row, {n:,} time{'s' * (n > 1)}, "
            f"first in line {min(self._doubtful):,}, and each of these lines has the fields of a "
            "row. If the quotes are part of the texts, read it with --quoting none",
        )

    def chunks(self, start: Cursor, rows: int) -> Iterator[Chunk]:
        """Yield chunks of ``rows`` rows from ``start`` on, the last one shorter."""
        lines = self._source.lines(start if start.offset else self._rows_start)
        try:
            row, more = start.row, True
            while more:
                piece = _Piece()
                more = self._fill(piece, lines, rows)
                row += len(piece.rows)
                if piece.rows:
                    yield Chunk(
                        TextRecords(self.columns, piece.rows),
                        piece.errors,
                        piece.lines,
                        "line",
                        self.name,
                        Cursor(self._file, lines.offset, lines.number, row),
                        lines.share(),
                    )
        finally:
            lines.leave()

    def _fill(self, piece: _Piece, lines: Lines, most: int) -> bool:
        """Read up to ``most`` rows; False at the end of the file."""
        parser = self._parser(lines)
        end = lines.offset + CHUNK_BYTES
        width = len(self.columns)
        while len(piece.rows) < most and lines.offset < end:
            lines.begin_record()
            line = lines.number + 1
            problem = None
            try:
                fields = next(parser)
            except StopIteration:
                return False
            except (csv.Error, RecordTooLong):
                fields, problem = self._give_up(lines)
                parser = self._parser(lines)
            if lines.number > line and self._shape is not None:
                found = self._shape.judge(lines.record_lines())
                if found == "rows":
                    fields, problem = self._give_up(lines, _JOINED)
                    parser = self._parser(lines)
                elif found == "perhaps":
                    self._doubtful[line] = None
            if not fields:
                if width > 1:
                    continue
                fields = [""]
            if lines.odd or problem or len(fields) != width:
                fields, problem = self._as_wide_as_header(fields, problem)
            if problem is not None:
                piece.errors[len(piece.rows)] = problem
            piece.rows.append(fields)
            piece.lines.append(line)
        return True

    def _parser(self, lines: Lines) -> Iterator[list[str]]:
        return parse_records(lines, self._delimiter, self._quoting)

    def _give_up(self, lines: Lines, problem: str | None = None) -> tuple[list[str], str]:
        """The fields of the record's first line, quotes and all; continue behind it."""
        lines.go_back(keep=1)
        line = strip_line_end(lines.record_lines()[0])
        problem = problem or (_BROKEN_QUOTES if '"' in line else _BROKEN_LINE_END)
        return line.split(self._delimiter), problem

    def _as_wide_as_header(
        self, fields: list[str], problem: str | None
    ) -> tuple[list[str], str | None]:
        """The row as wide as the header, in text UTF-8 can hold, and what was wrong with it."""
        width = len(self.columns)
        for name, cell in zip(self.columns, fields, strict=False):
            found = decoding_problem(cell)
            if found is not None:
                problem = f"{found} in column {name!r}"
                break
        fields = [replace_undecodable(cell) for cell in fields]
        if len(fields) != width:
            more = len(fields) > width
            problem = problem or (
                f"{len(fields)} field{'s' * (len(fields) != 1)}, and {self._width_of} has {width}"
                + ("; the last column holds all the rest" * more)
            )
            last = self._delimiter.join(fields[width - 1 :])
            fields = [*fields[: width - 1], last] if more else fields + [""] * (width - len(fields))
        return fields, problem

    def _header(self, lines: Lines) -> list[str]:
        """The first record that is not blank."""
        parser = self._parser(lines)
        fields: list[str] | None = []
        try:
            while fields == []:
                lines.begin_record()
                fields = next(parser, None)
        except (csv.Error, RecordTooLong) as error:
            raise UnreadableFile(
                f"{self.name}: the header is not CSV ({error}). End lines with a line feed; put a "
                "name that holds a quote in quotes, with every quote inside doubled."
            ) from None
        if fields is None:
            raise NoExamples(f"{self.name} is empty. Give a file with a header and rows.")
        broken = next((name for name in fields if decoding_problem(name)), None)
        if broken is not None:
            raise UnreadableFile(
                f"{self.name}: the header is no text: {decoding_problem(broken)}. "
                "Save the file as UTF-8 (in a spreadsheet: CSV UTF-8)."
            )
        return fields


@dataclass
class _Piece:
    """Rows of a chunk while they are read."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)

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

from emoscope.errors import NoExamples, UnreadableFile
from emoscope.io.column_names import distinct_names, repeated_names
from emoscope.io.dialect import find_dialect
from emoscope.io.line_reader import LineReader, Row
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


class DelimitedReader(LineReader):
    """One CSV or TSV input.

    Raises :class:`NoExamples` when it has not even a header, and :class:`UnreadableFile` when the
    header is not text.
    """

    columns: tuple[str, ...]

    def __init__(
        self, source: LineSource, options: ReadOptions | None = None, file: int = 0
    ) -> None:
        """Find the dialect in the first lines, where ``options`` leave it open; read the header."""
        super().__init__(source, file)
        # This limit is the process's and too low; Lines bounds the length of a record.
        csv.field_size_limit(max(csv.field_size_limit(), 2 * LONGEST_LINE))
        options = options or ReadOptions()
        lines = source.lines()
        try:
            sample, whole = lines.sample()
            dialect = find_dialect(sample, whole, options, self.name)
            self._delimiter, self._quoting = dialect.delimiter, dialect.quoting
            self._shape = dialect.shape
            lines.skip_to(dialect.lines_above)
            header = self._header(lines)
            self._width_of = "the header" if dialect.header else "the first row"
            if not dialect.header:
                header = [f"column_{number}" for number in range(1, len(header) + 1)]
                lines.go_back(keep=0)
            self._lines_before = lines.number
            self.columns, notes = distinct_names(header, self.name)
            self.repeated = repeated_names(header)
            self.found_header = dialect.header and options.header is None
            """Whether the first row was taken for a header, and no option said so."""
            self.notes = self._notes = (*dialect.notes, *notes)
            self._doubtful: dict[int, None] = {}  # lines where perhaps several rows begin
        finally:
            lines.leave()

    def rows(self, lines: Lines) -> Iterator[Row]:
        """Yield the rows below the header."""
        lines.skip_to(self._lines_before)
        parser = self._parser(lines)
        width = len(self.columns)
        while True:
            lines.begin_record()
            line = lines.number + 1
            problem = None
            try:
                fields = next(parser)
            except StopIteration:
                return
            except (csv.Error, RecordTooLong):
                fields, problem = self._give_up(lines)
                parser = self._parser(lines)
            if lines.number > line and self._shape is not None:
                found = self._shape.judge(lines.record_lines())
                if found == "rows":
                    fields, problem = self._give_up(lines, _JOINED)
                    parser = self._parser(lines)
                elif found == "perhaps":
                    self._note_doubtful(line)
            if not fields:
                if width > 1:
                    continue
                fields = [""]
            if lines.odd or problem or len(fields) != width:
                fields, problem = self._as_wide_as_header(fields, problem)
            yield fields, line, problem

    def records(self, values: list[list[str]]) -> TextRecords:
        """Rows as wide as the header."""
        return TextRecords(self.columns, values)

    def _note_doubtful(self, line: int) -> None:
        self._doubtful[line] = None
        n = len(self._doubtful)
        note = (
            f"{self.name}: quotes join several lines into one row, {n:,} time{'s' * (n > 1)}, "
            f"first in line {min(self._doubtful):,}, and each of these lines has the fields of a "
            "row. If the quotes are part of the texts, read it with --quoting none"
        )
        self.notes = (*self._notes, note)

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

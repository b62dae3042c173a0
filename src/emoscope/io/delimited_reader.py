"""CSV and TSV input, by the rules of RFC 4180, row by row and without giving up.

A field that begins with ``"`` ends at the next single ``"``, and ``""`` inside stands for one.
Where a quote is never closed, a reader that goes by the book swallows the rest of the file into one
field. This one gives up the line on which the record began, says so, and goes on with the next.

Blank lines are no rows, but for one case: where a file has a single column, a blank line is an
empty cell of it, which is how spreadsheets write one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field

from emoscope.errors import NoExamples, UnreadableFile
from emoscope.io.chunks import CHUNK_BYTES, Chunk, Cursor
from emoscope.io.line_sources import LineSource
from emoscope.io.lines import LONGEST_LINE, Lines, RecordTooLong, complaint, mended
from emoscope.io.text_records import TextRecords

_BROKEN_QUOTES = "a double quote opens a field here and is not closed as CSV wants"
_BROKEN_LINE_END = "a carriage return outside quotes that does not end the line"
_LONGEST_SHOWN = 200


class DelimitedReader:
    """One CSV or TSV input.

    Raises :class:`NoExamples` when it has not even a header, and :class:`UnreadableFile` when the
    header is no text.
    """

    def __init__(self, source: LineSource, delimiter: str | None, file: int = 0) -> None:
        """Read the header.

        Without ``delimiter`` it is the comma, or the semicolon or tab of a header without comma:
        spreadsheets write those into .csv files where the comma is the decimal mark.
        """
        # The limit is the process's, and guards nobody here: Lines bounds a record's length.
        csv.field_size_limit(max(csv.field_size_limit(), 2 * LONGEST_LINE))
        self.name = source.name
        self._source = source
        self._file = file
        lines = source.lines(Cursor(file))
        try:
            self._delimiter = delimiter or self._find_delimiter(lines)
            self.columns, self.notes = distinct_names(self._header(lines), self.name)
            self._rows_start = Cursor(file, lines.offset, lines.number)
        finally:
            lines.leave()

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
            if not fields:
                if width > 1:
                    continue
                fields = [""]
            if lines.odd or problem or len(fields) != width:
                fields, problem = self._mend(fields, problem)
            if problem is not None:
                piece.errors[len(piece.rows)] = problem
            piece.rows.append(fields)
            piece.lines.append(line)
        return True

    def _parser(self, lines: Lines) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self._delimiter, strict=True)

    def _give_up(self, lines: Lines) -> tuple[list[str], str]:
        """The fields of the record's first line, as far as they can be told; go on behind it."""
        lines.go_back(keep=1)
        line = lines.first_line().rstrip("\r\n")
        problem = _BROKEN_QUOTES if '"' in line else _BROKEN_LINE_END
        return line.replace('"', "").replace("\r", " ").split(self._delimiter), problem

    def _mend(self, fields: list[str], problem: str | None) -> tuple[list[str], str | None]:
        """The row as wide as the header, in text UTF-8 can hold, and what was wrong with it."""
        width = len(self.columns)
        for name, cell in zip(self.columns, fields, strict=False):
            found = complaint(cell)
            if found is not None:
                problem = f"{found} in column {name!r}"
                break
        fields = [mended(cell) for cell in fields]
        if len(fields) != width:
            surplus = self._delimiter.join(fields[width:])[:_LONGEST_SHOWN]
            problem = problem or (
                f"{len(fields)} field{'s' * (len(fields) != 1)}, and the header has {width}"
                + (f"; left out: {surplus}" if surplus else "")
            )
            fields = (fields + [""] * width)[:width]
        return fields, problem

    def _find_delimiter(self, lines: Lines) -> str:
        first = next(lines, "")
        if complaint(first):
            raise self._no_text(first)
        lines.go_back(keep=0)
        return next((mark for mark in ",;\t" if mark in first), ",")

    def _header(self, lines: Lines) -> list[str]:
        try:
            fields = next((fields for fields in self._parser(lines) if fields), None)
        except (csv.Error, RecordTooLong) as error:
            raise UnreadableFile(
                f"{self.name}: the header is not CSV ({error}). End lines with a line feed; put a "
                "name that holds a quote in quotes, with every quote inside doubled."
            ) from None
        if fields is None:
            raise NoExamples(f"{self.name} is empty. Give a file with a header and rows.")
        broken = next((name for name in fields if complaint(name)), None)
        if broken is not None:
            raise self._no_text(broken)
        return fields

    def _no_text(self, header: str) -> UnreadableFile:
        return UnreadableFile(
            f"{self.name}: the header is no text: {complaint(header)}. "
            "Save the file as UTF-8 (in a spreadsheet: CSV UTF-8)."
        )


@dataclass
class _Piece:
    """Rows of a chunk while they are read."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)


def distinct_names(header: list[str], source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(column names, notes): a name that comes again gets ``_2``, ``_3`` behind it."""
    names: list[str] = []
    notes: list[str] = []
    for name in header:
        number, fresh = 1, name
        while fresh in names or (number > 1 and fresh in header):
            number += 1
            fresh = f"{name}_{number}"
        if fresh != name:
            notes.append(f"{source} has more than one column {name!r}; this one is {fresh!r} now")
        names.append(fresh)
    return tuple(names), tuple(notes)

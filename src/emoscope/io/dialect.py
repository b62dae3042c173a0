"""How a CSV or TSV file is written: its delimiter, its quoting, whether it has a header.

Nothing in such a file says so, so its first lines are read by every candidate, and the one that
leaves the fewest rows broken or of another width is taken. What a user gives goes first.
"""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emoscope.io.joined_rows import NUMBER, RowShape
from emoscope.io.preamble import USUAL_NAMES, count_lines_above
from emoscope.io.read_options import Quoting, ReadOptions
from emoscope.io.record_parsers import parse_records, strip_line_end

ONE_COLUMN = "\ud802"
"""The delimiter of a file with a single column: half a character, which no text holds."""

_WORDS = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "vertical bars",
    "\x01": "control characters U+0001",
    "\x1f": "control characters U+001F",
}
_RARE = {"^": "carets", "~": "tildes", ":": "colons"}
"""Texts hold these, so every row has to have as many as a header of short names, or as ten rows."""
_NAME = re.compile(r'"?[^\W\d][\w.-]*(?: [\w.-]+){0,2}"?')
_MANY_ROWS = 10
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<mark>[^"\r\n])"?[\r\n]*', re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_LONGEST_SHOWN = 60
_TYPED = {"\t": "\\t"}
_LINES = 200
"""Lines that delimiters are compared on."""
_WEAK = 0.1
"""A TSV field in quotes may be a quoted text as people write one; ten of them count as one."""
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Dialect:
    """How rows and fields are told apart."""

    delimiter: str
    quoting: Quoting
    header: bool
    lines_above: int = 0
    """Lines before the first row: ``sep=;`` for spreadsheets, titles, comments."""
    shape: RowShape | None = None
    """What rows look like, where the quoting was found and is that of CSV."""
    notes: tuple[str, ...] = ()
    """What was decided, where it is not what the format's name promises."""


def find_dialect(sample: Sequence[str], whole: bool, options: ReadOptions, source: str) -> Dialect:
    """The dialect of a file that begins with the lines ``sample``, and is no more if ``whole``."""
    usual = "\t" if options.input_format == "tsv" else ","
    notes: list[str] = []
    marked = _SEPARATOR_LINE.fullmatch(sample[0]) if sample else None
    above = int(marked is not None)
    told = options.delimiter or (marked and marked["mark"])
    if options.header is not False:
        marks = [told] if told else [usual, *(m for m in (*_WORDS, *_RARE) if m != usual)]
        title = count_lines_above(sample[above:][:_LINES], marks)
        if title:
            which = f"line {above + 1}, {_shown(sample[above])}, stands above the table and is"
            if title > 1:
                which = f"lines {above + 1} to {above + title} stand above the table and are"
            notes.append(f"{which} left out (--no-header keeps all lines)")
        above += title
    rows = [line for line in sample[above:] if line.strip("\r\n")]
    delimiter = told or _delimiter(rows, usual)
    if delimiter != usual and options.delimiter is None:
        word = (_WORDS | _RARE).get(delimiter, repr(delimiter))
        one = (
            f"there is one column, and {_WORDS[usual]} are part of its texts (--delimiter "
            f"{_TYPED.get(usual, usual)!r} splits them; if {_shown(rows[0])} is a title above the "
            "header, remove that line)"
            if rows
            else ""
        )
        notes.append(one if delimiter == ONE_COLUMN else f"columns are separated by {word}")
    quoting = options.quoting or _quoting(rows, delimiter, whole)
    if quoting != "csv" and options.quoting is None:
        how = {
            "none": "its double quotes do not pair as in CSV, so they are part of the texts",
            "backslash": "quotes inside fields have a backslash before them",
        }[quoting]
        notes.append(f"{how} (--quoting csv reads it as CSV)")
    header = options.header
    if header is None:
        records = _records(rows[:_LINES], delimiter, quoting)
        header = _has_header(records)
        if header and records and len(records[0]) == 1 and len(records[0][0].split()) > 1:
            notes.append(
                f"the first row, {_shown(records[0][0])}, is taken for the name of the "
                "column (--no-header takes it for a text)"
            )
        if not header:
            notes.append(
                "the first row holds values, so the columns are called column_1, column_2, ... "
                "(--header takes it for names)"
            )
    shape = None
    if quoting == "csv" and options.quoting is None:
        shape = RowShape(rows[:_LINES], delimiter)
    said = (f"{source}: {'; '.join(notes)}",) if notes else ()
    return Dialect(delimiter, quoting, header, above, shape, said)


def _shown(line: str) -> str:
    return repr(strip_line_end(line)[:_LONGEST_SHOWN])


def _delimiter(rows: Sequence[str], usual: str) -> str:
    """The candidate by which the fewest of the first rows differ from the header in width."""
    first = rows[:_LINES]
    if not first:
        return usual
    best: str | None = None
    fewest = float(len(first))
    for mark in (usual, *(mark for mark in _WORDS if mark != usual)):
        if mark not in first[0]:
            continue
        problems = _fewest_problems(first, mark)
        if problems < fewest and (mark == usual or problems <= len(first) / 2):
            best, fewest = mark, problems
    if best is None or fewest:
        best = next((mark for mark in _RARE if _is_rare_delimiter(first, mark)), best)
    if best is not None:
        return best
    return usual if not any(usual in line for line in first[1:]) else _one_column(first, usual)


def _is_rare_delimiter(first: Sequence[str], mark: str) -> bool:
    if mark not in first[0] or len(first) < 2 or _fewest_problems(first, mark):
        return False
    names = [name for name in strip_line_end(first[0]).split(mark) if _NAME.fullmatch(name)]
    is_header = len(set(names)) == first[0].count(mark) + 1
    return is_header or (mark != ":" and len(first) >= _MANY_ROWS)


def _one_column(first: Sequence[str], usual: str) -> str:
    """The header has no delimiter, or no row has the header's width."""
    if usual in first[0] and any(usual in line for line in first[1:]):
        return usual
    quoted = all(_QUOTED.fullmatch(strip_line_end(line)) for line in first[1:] if usual in line)
    return usual if quoted else ONE_COLUMN


def _fewest_problems(rows: Sequence[str], delimiter: str) -> float:
    as_csv = _problems(rows, delimiter, "csv", whole=False)
    if not as_csv or '"' in rows[0]:  # names in quotes: the file is quoted
        return as_csv
    return min(as_csv, _problems(rows, delimiter, "none", whole=False))


def _quoting(rows: Sequence[str], delimiter: str, whole: bool) -> Quoting:
    if not any('"' in line for line in rows):
        return "csv"
    best: Quoting = "csv"
    fewest: float = _problems(rows, delimiter, "csv", whole)
    if fewest and any('\\"' in line for line in rows):
        escaped = _problems(rows, delimiter, "backslash", whole)
        if escaped < fewest:
            best, fewest = "backslash", escaped
    if fewest and '"' not in rows[0]:
        unquoted = _problems(rows, delimiter, "none", whole) + _quoted(rows, delimiter)
        if unquoted < fewest:
            best = "none"
    return best


def _quoted(rows: Sequence[str], delimiter: str) -> float:
    """How much speaks for quotes as in CSV: fields that are quoted whole."""
    weak = _WEAK if delimiter == "\t" else 1.0
    found = 0.0
    for line in rows:
        if '"' in line:
            for field in strip_line_end(line).split(delimiter):
                if _QUOTED.fullmatch(field):
                    found += 1.0 if '""' in field[1:-1] else weak
    return found


def _problems(rows: Sequence[str], delimiter: str, quoting: Quoting, whole: bool) -> int:
    """Records that are broken, of another width than the first, or that swallow whole rows."""
    lines = _Position(rows)
    parser = parse_records(lines, delimiter, quoting)
    width, problems = 0, 0
    while True:
        start = lines.next
        try:
            fields = next(parser)
        except StopIteration:
            return problems
        except csv.Error:
            if lines.next == len(rows) and not whole:
                return problems  # perhaps it is closed behind the sample
            problems += 1
            lines.next = start + 1
            parser = parse_records(lines, delimiter, quoting)
            continue
        width = width or len(fields)
        if len(fields) != width:
            problems += 1
        elif lines.next - start > 1:
            inside = rows[start : lines.next]
            found = RowShape(rows[:_LINES], delimiter).judge(inside)
            # Texts of a TSV hold no tabs, so there the number of fields is enough.
            if found == "rows" or (delimiter == "\t" and _all_as_wide(inside, delimiter, width)):
                problems += len(inside) - 1


def _all_as_wide(lines: Sequence[str], delimiter: str, width: int) -> bool:
    return width > 1 and all(line.count(delimiter) == width - 1 for line in lines)


def _records(rows: Sequence[str], delimiter: str, quoting: Quoting) -> list[list[str]]:
    found: list[list[str]] = []
    with contextlib.suppress(csv.Error):  # those before it will do
        found.extend(parse_records(iter(rows), delimiter, quoting))
    return found


def _has_header(records: Sequence[list[str]]) -> bool:
    """Whether the first record names the columns, as nearly every file does.

    It does not when a number stands over numbers, or a value over several of the same.
    """
    if len(records) < 2:
        return True
    first, rest = records[0], records[1:]
    stripped = [cell.strip() for cell in first]
    if any(cell.lower() in USUAL_NAMES for cell in stripped) or first in rest:
        return True
    if stripped == [str(number) for number in range(len(first))]:  # as pandas calls its columns
        return True
    for place, cell in enumerate(stripped):
        below = [row[place].strip() for row in rest if len(row) == len(first)]
        filled = [value for value in below if value]
        if not cell or not filled:
            continue
        if NUMBER.fullmatch(cell):
            if not _YEAR.fullmatch(cell) and all(map(NUMBER.fullmatch, filled)):
                return False
        elif filled.count(cell) > 1 and len(set(filled)) > 1:
            return False
    return True


class _Position(Iterator[str]):
    """Lines, and which comes next."""

    def __init__(self, rows: Sequence[str]) -> None:
        self.next = 0
        self._rows = rows

    def __next__(self) -> str:
        if self.next == len(self._rows):
            raise StopIteration
        self.next += 1
        return self._rows[self.next - 1]

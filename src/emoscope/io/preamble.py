"""Titles and comments above the header of a table, as exports of programs write them."""

from __future__ import annotations

from collections.abc import Sequence

USUAL_NAMES = {"text", "texts", "label", "labels", "id"}
"""Names by which a header is known."""
_MOST_ABOVE = 20
_LEAST_ROWS = 5
"""Rows by which a table of three columns and more is known."""
_SHARE = 0.9


def count_lines_above(lines: Sequence[str], delimiters: Sequence[str]) -> int:
    """How many of the first ``lines`` are above the table; 0 unless something speaks for it.

    Such lines have another number of fields than the table, or a single cell that is filled. What
    speaks for it: they are comments with ``#``, an empty line follows them, the next line has
    customary names, or five rows of three fields and more.
    """
    lines = [line.rstrip("\r\n") for line in lines]
    if not lines or lines[0].strip().lower() in USUAL_NAMES:
        return 0
    for delimiter in delimiters:
        for place in range(1, min(len(lines), _MOST_ABOVE + 1)):
            if _is_above(lines[:place], lines[place:], delimiter):
                return place
    comments = next((i for i, line in enumerate(lines) if not _is_comment(line)), 0)
    named = comments and lines[comments].strip().lower() in USUAL_NAMES
    return comments if named else 0


def _is_above(above: Sequence[str], table: Sequence[str], delimiter: str) -> bool:
    cells = [cell.strip() for cell in table[0].split(delimiter)]
    width = len(cells)
    if sum(map(bool, cells)) < 2 or _is_comment(table[0]):
        return False
    rows = [line for line in table if not _is_blank(line, delimiter)]
    alike = sum(_fields(line, delimiter) == width for line in rows)
    if len(rows) < 2 or alike < _SHARE * len(rows):
        return False
    if not any(map(str.strip, above)):  # blank lines, which are no rows anyway
        return False
    if any(line.count('"') % 2 for line in above):  # a cell with line ends begins there
        return False
    gap = _is_blank(above[-1], delimiter)
    for line in above:
        lone = sum(bool(cell.strip()) for cell in line.split(delimiter)) < 2
        other = _fields(line, delimiter) != width
        if not (other and (lone or gap or _is_comment(line))) and not (lone and gap and width > 2):
            return False
    return (
        gap
        or all(map(_is_comment, above))
        or any(cell.lower().strip('"') in USUAL_NAMES for cell in cells)
        or (width > 2 and len(rows) > _LEAST_ROWS and alike == len(rows))
    )


def _is_comment(line: str) -> bool:
    """``#happy`` is a text or a name."""
    return not line.strip() or (line.startswith("#") and not line[1:2].isalnum())


def _is_blank(line: str, delimiter: str) -> bool:
    return not line.strip(delimiter + ' \t"')


def _fields(line: str, delimiter: str) -> int:
    """Fields of a line, without the delimiters inside quotes."""
    return sum(part.count(delimiter) for part in line.split('"')[::2]) + 1

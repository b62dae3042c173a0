"""Which column holds the texts, and what its cells are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from emoscope.errors import ColumnMissing, DataError, listing
from emoscope.io.chunks import Chunk, Records
from emoscope.io.frames import Frame
from emoscope.text import is_empty

TEXT = "text"
"""The column that needs no naming."""
_NO_HEADER = ", or say --no-header if the first row is not a header"
_LOOKED_AT = 1000
_NO_PROSE = re.compile(r"[\d\s.,:;+\-/%TZ]*|true|false|null|none|nan|yes|no", re.IGNORECASE)
"""Numbers, dates, times, truth values and gaps."""


def find_text_column(
    columns: Sequence[str],
    sample: Records | Frame | None,
    asked: str | None,
    source: str,
    *,
    header_is_open: bool = False,
) -> str:
    """The column asked for, else the one called text, else the only one that holds prose.

    ``sample`` holds the first rows; ``header_is_open``: the first row was taken for a header, and
    no option said so. Raises :class:`ColumnMissing` for a column that is not there,
    and :class:`DataError` naming the columns when none or several could be meant.
    """
    if asked is not None:
        if asked not in columns:
            raise ColumnMissing(source, asked, columns, "--text")
        return asked
    named = [name for name in columns if name.strip().lower() == TEXT]
    if len(named) == 1:
        return named[0]
    prose = [] if sample is None else [c for c in columns if _is_prose(sample.column(c))]
    found = prose or (list(columns) if len(columns) == 1 else [])
    if len(found) == 1:
        return found[0]
    which = "none is called text"
    if prose:
        which = f"the columns {listing(map(repr, prose))} hold strings"
    raise DataError(
        f"{source}: which column holds the texts? {which[0].upper()}{which[1:]}. "
        f"Name it with --text{_NO_HEADER * header_is_open}. "
        f"The columns are: {listing(columns, 30)}."
    )


def read_texts(chunk: Chunk, column: str) -> tuple[list[str | None], dict[int, str]]:
    """(texts, errors) of a chunk: a row that cannot be read has None and a reason.

    The errors are those of the chunk and those of the text column.
    """
    return read_cells(chunk.column(column), column, chunk.errors)


def read_cells(
    cells: Sequence[Any], column: str, problems: Mapping[int, str]
) -> tuple[list[str | None], dict[int, str]]:
    """The same of the cells of a text column, in rows of which some have ``problems`` already."""
    errors = dict(problems)
    texts: list[str | None] = []
    for row, value in enumerate(cells):
        if row in errors:
            texts.append(None)
        elif isinstance(value, str) and (value[:1].isalnum() or not is_empty(value)):
            texts.append(value)
        else:
            errors[row] = _reason(column, value)
            texts.append(None)
    return texts, errors


def _is_prose(values: Sequence[Any]) -> bool:
    return any(isinstance(v, str) and not _NO_PROSE.fullmatch(v) for v in values[:_LOOKED_AT])


def _reason(column: str, value: Any) -> str:
    if value is None or isinstance(value, str):
        return f"no text in column {column!r}"
    return f"column {column!r} holds {type(value).__name__}, not text"

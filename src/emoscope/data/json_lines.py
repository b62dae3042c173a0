"""JSON lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from emoscope.errors import UnreadableFile
from emoscope.io.text_file import TextFile

_PEEK = 100
"""Objects whose keys make up the columns; later ones may lack some of them."""

Row = tuple[int, dict[str, Any]]


def json_rows(file: TextFile) -> tuple[list[str], Iterator[Row]]:
    """Return the columns and an iterator of (line, object); blank lines are skipped.

    Raises :class:`UnreadableFile` for a line that is not one JSON object.
    """
    rows = _parse(file)
    first = list(islice(rows, _PEEK))
    columns = list(dict.fromkeys(key for _, row in first for key in row))
    return columns, chain(first, rows)


def _parse(file: TextFile) -> Iterator[Row]:
    # Only \n ends a line: U+2028, at which str.splitlines breaks too, may stand in a JSON string.
    for line, text in enumerate(file.text.split("\n"), start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            hint = ""
            if line == 1 and text.lstrip().startswith(("[", "{")):
                hint = (
                    " A JSON array or an indented file is not JSON lines: write one object a line."
                )
            raise UnreadableFile(
                f"{file.at(line)}: not JSON ({error}). Write one object a line, such as "
                f'{{"text": "thank you", "labels": ["gratitude"]}}.{hint}'
            ) from None
        if not isinstance(row, dict):
            raise UnreadableFile(
                f"{file.at(line)}: {_kind(row)}, and JSON lines have one object a line, such as "
                '{"text": "thank you", "labels": ["gratitude"]}.'
            )
        yield line, row


def _kind(value: Any) -> str:
    kinds = {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}
    return kinds.get(type(value), "a number")

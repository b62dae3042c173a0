"""JSON lines input: one object a line. Blank lines are no rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from emoscope.io.chunks import CHUNK_BYTES, Chunk, Cursor
from emoscope.io.json_records import JsonRecords
from emoscope.io.line_sources import LineSource
from emoscope.io.lines import complaint, mended

_LONGEST_SHOWN = 80
_KINDS = {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}


class JsonLinesReader:
    """One input of JSON lines."""

    columns: tuple[str, ...] | None = None
    """None: every row names its own fields."""
    notes: tuple[str, ...] = ()

    def __init__(self, source: LineSource, file: int = 0) -> None:
        self.name = source.name
        self.reserved: frozenset[str] = frozenset()
        """Fields that are going to be added, so that no row may have them already."""
        self._source = source
        self._file = file

    def chunks(self, start: Cursor, rows: int) -> Iterator[Chunk]:
        """Yield chunks of ``rows`` rows from ``start`` on, the last one shorter."""
        lines = self._source.lines(start)
        try:
            row, more = start.row, True
            while more:
                begun = lines.offset
                raws: list[str] = []
                objects: list[dict[str, Any]] = []
                places: list[int] = []
                errors: dict[int, str] = {}
                while more and len(raws) < rows and lines.offset - begun < CHUNK_BYTES:
                    lines.begin_record()
                    line = next(lines, None)
                    more = line is not None
                    if line is None or not line.strip():
                        continue
                    raw, value, problem = self._parse(line, lines.odd)
                    if problem is not None:
                        errors[len(raws)] = problem
                    raws.append(raw)
                    objects.append(value)
                    places.append(lines.number)
                row += len(raws)
                if raws:
                    yield Chunk(
                        JsonRecords(raws, objects),
                        errors,
                        places,
                        "line",
                        self.name,
                        Cursor(self._file, lines.offset, lines.number, row),
                        lines.share(),
                    )
        finally:
            lines.leave()

    def _parse(self, line: str, odd: bool) -> tuple[str, dict[str, Any], str | None]:
        """(inside of the object as written, the object, what is wrong with the line)."""
        problem = complaint(line) if odd else None
        raw = mended(line).strip() if odd else line.strip()
        try:
            value = json.loads(raw)
        except RecursionError:
            return "", {}, problem or "JSON that is nested too deeply"
        except ValueError as error:
            return "", {}, problem or f"not JSON ({error}): {raw[:_LONGEST_SHOWN]}"
        if not isinstance(value, dict):
            kind = _KINDS.get(type(value), "a number")
            return "", {}, problem or f"{kind} and not a JSON object: {raw[:_LONGEST_SHOWN]}"
        if not self.reserved.isdisjoint(value):
            taken = sorted(self.reserved.intersection(value))
            for name in taken:
                del value[name]
            problem = problem or (
                f"has a field {taken[0]!r} of its own, where a prefix (--prefix) would be needed"
            )
            raw = json.dumps(value, ensure_ascii=False)
        return raw[1:-1].strip(), value, problem

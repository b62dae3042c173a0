"""The cells of one column in a chunk."""

from __future__ import annotations

from typing import Any

from emoscope.io.chunks import Chunk


def column(chunk: Chunk, name: str) -> list[Any]:
    """The values of a column; None in every row where JSON lines of another file lack the field."""
    try:
        return chunk.records.column(name)
    except KeyError:
        return [None] * len(chunk)

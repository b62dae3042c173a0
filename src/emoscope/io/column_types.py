"""A first pass over JSON lines that are going to be a table: which columns, of which kinds.

A table needs its columns before its first row, and a field may turn up in the last line only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from emoscope.io.chunks import Chunk

Kind = Literal["bool", "int", "float", "text", "json"]
"""``json``: values of several kinds, lists or objects, written as JSON text."""

_KINDS: dict[type, Kind] = {bool: "bool", int: "int", float: "float", str: "text"}
_INT64 = 1 << 63


def column_kinds(chunks: Iterable[Chunk]) -> dict[str, Kind]:
    """Column -> kind, in order of first mention; a column of nulls is text."""
    kinds: dict[str, Kind | None] = {}
    for chunk in chunks:
        for name in chunk.records.names():
            kind = kinds.setdefault(name, None)
            if kind != "json":
                for value in chunk.records.column(name):
                    kind = _wider(kind, value)
                kinds[name] = kind
    return {name: kind or "text" for name, kind in kinds.items()}


def _wider(kind: Kind | None, value: Any) -> Kind | None:
    if value is None:
        return kind
    found = _KINDS.get(type(value), "json")
    if found == "int" and not -_INT64 <= value < _INT64:
        found = "json"
    if kind is None or kind == found:
        return found
    if {kind, found} == {"int", "float"}:
        return "float"
    return "json"

"""Input rows that came from Parquet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from json.encoder import encode_basestring
from typing import Any

import pyarrow as pa

from emoscope.errors import UnreadableFile
from emoscope.io.cell_values import as_cell, as_json
from emoscope.io.lines import decoding_problem, replace_undecodable


class ArrowRecords:
    """An Arrow table of some rows; writers of Parquet take :attr:`table` as it is."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def names(self) -> list[str]:
        """The columns in order."""
        return list(self.table.column_names)

    def column(self, name: str) -> list[Any]:
        """The values of a column; ``KeyError`` when there is none of that name."""
        return _values(self.table.column(name))

    def cells(self, columns: Sequence[str]) -> list[list[str]]:
        """The rows as strings."""
        found = [[as_cell(value) for value in _values(c)] for c in self.table.columns]
        return list(map(list, zip(*found, strict=True)))

    def fields(self) -> list[str]:
        """Every row as the inside of a JSON object."""
        keys = [encode_basestring(name) + ": " for name in self.table.column_names]
        found = [
            [key + as_json(value) for value in _values(column)]
            for key, column in zip(keys, self.table.columns, strict=True)
        ]
        return list(map(", ".join, zip(*found, strict=True)))


def replace_undecodable_strings(table: pa.Table, source: str) -> tuple[pa.Table, dict[int, str]]:
    """(table, errors): strings whose bytes are not UTF-8 get U+FFFD, and their row an error.

    Parquet does not check what a writer calls a string. Nor does Arrow, unless it is asked.
    """
    errors: dict[int, str] = {}
    for position, field in enumerate(table.schema):
        column = table.column(position)
        if _is_valid(column):
            continue
        if not is_string(field.type):
            raise UnreadableFile(
                f"{source}: column {field.name!r} holds strings that are not UTF-8, inside values "
                f"of type {field.type}. Write the file again with clean strings."
            )
        binary = pa.large_binary() if pa.types.is_large_string(field.type) else pa.binary()
        texts: list[str | None] = []
        for row, raw in enumerate(column.cast(binary).to_pylist()):
            text = None if raw is None else raw.decode("utf-8", "surrogateescape")
            problem = None if text is None else decoding_problem(text)
            if text is not None and problem is not None:
                errors.setdefault(row, f"{problem} in column {field.name!r}")
                text = replace_undecodable(text)
            texts.append(text)
        table = table.set_column(position, field, pa.array(texts, field.type))
    return table, errors


def is_binary(kind: pa.DataType) -> bool:
    """Whether a column of this type holds bytes."""
    types = pa.types
    return bool(
        types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind)
    )


def binary_as_text(table: pa.Table, places: Collection[int]) -> pa.Table:
    """``table`` with these columns of bytes as strings.

    They are not checked: see :func:`replace_undecodable_strings`.
    """
    for place in places:
        column = table.column(place).cast(pa.binary()).combine_chunks()
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        table = table.set_column(place, table.field(place).name, column.view(pa.string()))
    return table


def is_string(kind: pa.DataType) -> bool:
    """Whether a column of this type holds plain strings."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_valid(column: pa.ChunkedArray) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _values(column: pa.ChunkedArray) -> list[Any]:
    if getattr(column.type, "unit", None) == "ns":
        return _of_nanoseconds(column)
    try:
        found: list[Any] = column.to_pylist()
    except (ValueError, OverflowError, pa.ArrowException, KeyError):
        found = [_value(scalar) for scalar in column]
    return found


def _value(scalar: Any) -> Any:
    """One value; a time that Python has no type for, such as year 200,000, as Arrow writes it."""
    try:
        return scalar.as_py()
    except (ValueError, OverflowError, pa.ArrowException, KeyError):
        pass
    if pa.types.is_struct(scalar.type):
        return {name: _value(scalar[name]) for name in scalar}
    if pa.types.is_list(scalar.type) or pa.types.is_large_list(scalar.type):
        return [_value(item) for item in scalar.values]
    zone = ""
    if pa.types.is_timestamp(scalar.type):
        zone = "+00:00" if scalar.type.tz else ""  # whichever it is, Arrow holds UTC
        scalar = scalar.cast(pa.timestamp(scalar.type.unit))
    try:
        written = scalar.cast(pa.string()).as_py()
    except pa.ArrowException:
        written = None
    if written and "<" not in written:
        return written.replace(" ", "T") + zone if pa.types.is_timestamp(scalar.type) else written
    # not digits alone, which elsewhere are an epoch time in another unit
    return f"{getattr(scalar, 'value', '')} {scalar.type}".strip()


def _of_nanoseconds(column: pa.ChunkedArray) -> list[Any]:
    """Python's own types, which end at microseconds; text where a value has more digits."""
    counts = column.cast(pa.int64()).to_pylist()
    whole = pa.array([None if n is None else n // 1000 for n in counts], pa.int64())
    values: list[Any] = whole.cast(_in_microseconds(column.type)).to_pylist()
    return [
        value if n is None or not n % 1000 else _with_nanoseconds(value, n % 1000)
        for value, n in zip(values, counts, strict=True)
    ]


def _with_nanoseconds(value: datetime | time | timedelta, nanoseconds: int) -> str:
    """ISO 8601 (of a duration, as Python writes it) with nine digits of a second."""
    if isinstance(value, timedelta):
        text = str(value)
        return f"{text}{'' if value.microseconds else '.000000'}{nanoseconds:03}"
    text = value.isoformat(timespec="microseconds")
    end = text.index(".") + 7  # before the zone
    return f"{text[:end]}{nanoseconds:03}{text[end:]}"


def _in_microseconds(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    return pa.duration("us") if pa.types.is_duration(kind) else pa.time64("us")

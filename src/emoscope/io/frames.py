"""Tables in memory as input: pandas, polars, Arrow, and mappings of column names to values.

They are known by the methods they have, so that none of their packages is imported for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from emoscope.errors import (
    ColumnMissing,
    DataError,
    MissingExtra,
    NoExamples,
    UnreadableFile,
    first_line,
)
from emoscope.io.cell_values import as_cell
from emoscope.io.table import Select, Table

NAME = "The table"


class Frame:
    """A table in memory whose columns are read by name."""

    def __init__(self, frame: Any) -> None:
        """Raises :class:`DataError` for what is no table, or has two columns of one name."""
        known = isinstance(frame, Mapping) or _is_pandas(frame) or _is_polars(frame)
        self._frame = frame if known else _arrow(frame)
        found = _columns(self._frame)
        self.columns = tuple(str(name) for name in found)
        """In order; a name that is no string, as pandas allows, by its text."""
        if len(set(self.columns)) < len(self.columns):
            raise DataError(f"{NAME} has two columns of one name. Rename one of them.")
        if isinstance(frame, Mapping):
            for name, cells in frame.items():
                if isinstance(cells, str) or not hasattr(cells, "__len__"):
                    raise DataError(
                        f"{NAME} has {type(cells).__name__} as column {name!r}. Give a list."
                    )
        self._names = dict(zip(self.columns, found, strict=True))

    def __len__(self) -> int:
        """Rows; of a mapping those of its first column."""
        if isinstance(self._frame, Mapping):
            return len(next(iter(self._frame.values()), ()))
        return len(self._frame)

    @property
    def native(self) -> Any:
        """The table itself; one that was none of pandas, polars or a mapping, as Arrow's."""
        return self._frame

    @property
    def is_arrow(self) -> bool:
        """Whether :attr:`native` is an Arrow table."""
        return hasattr(self._frame, "column_names")

    def rows(self, start: int, end: int) -> Frame:
        """Some rows, which are not copied where the package can do without."""
        frame = self._frame
        if isinstance(frame, Mapping):
            return Frame({name: values[start:end] for name, values in frame.items()})
        if _is_pandas(frame):
            return Frame(frame.iloc[start:end])
        return Frame(frame.slice(start, end - start))

    def beside(self, added: Any) -> Any:
        """A new table of pandas or polars: this one, and the columns of an Arrow table behind it.

        In pandas, lists and structs are Python's own. Raises :class:`DataError` for a mapping.
        """
        if _is_pandas(self._frame):
            return _beside_pandas(self._frame, added)
        if _is_polars(self._frame):
            import polars  # deferred: start-up

            return self._frame.hstack(polars.from_arrow(added))
        raise DataError(
            f"{NAME} is a {type(self._frame).__name__}, which no columns are added to. Give a "
            "pandas, polars or Arrow table."
        )

    def column(self, name: str) -> list[Any]:
        """The cells of a column, in order: Python's own values, None for what is missing.

        Raises :class:`ColumnMissing`, and :class:`UnreadableFile` where Arrow calls bytes a string
        that are not UTF-8.
        """
        if name not in self._names:
            raise ColumnMissing(NAME, name, self.columns)
        return _cells(self._frame, self._names[name])

    def table(self, select: Select) -> Table:
        """The columns that ``select`` chooses; rows are counted from one.

        The checksum is that of the chosen cells as text. Raises :class:`NoExamples` for a table
        without rows, and what ``select`` and :meth:`column` raise.
        """
        columns = {name: self.column(name) for name in select(NAME, self.columns)}
        rows = {name: len(cells) for name, cells in columns.items()}
        if len(set(rows.values())) > 1:
            raise DataError(f"{NAME} has columns of different lengths: {rows}. Make them equal.")
        n = next(iter(rows.values()), 0)
        if not n:
            raise NoExamples(f"{NAME} has no rows. Give one that holds examples.")
        digest = hashlib.sha256()
        for name, cells in columns.items():
            for cell in (name, *cells):
                digest.update(as_cell(cell).encode("utf-8", "surrogatepass") + b"\0")
        return Table(NAME, columns, range(1, n + 1), "table", digest.hexdigest())


def is_frame(value: object) -> bool:
    """Whether ``value`` looks like a table, and not like a single column."""
    return (
        isinstance(value, Mapping)
        or hasattr(value, "columns")
        or (hasattr(value, "__arrow_c_stream__") and not hasattr(value, "__getitem__"))
    )


def _is_pandas(frame: object) -> bool:
    return hasattr(frame, "iloc") and hasattr(frame, "columns")


def _is_polars(frame: object) -> bool:
    return hasattr(frame, "get_column")


def _columns(frame: Any) -> list[Any]:
    if isinstance(frame, Mapping):
        return list(frame)
    # of Arrow, ``columns`` are the columns themselves
    return list(frame.column_names if hasattr(frame, "column_names") else frame.columns)


def _cells(frame: Any, name: Any) -> list[Any]:
    if isinstance(frame, Mapping):
        return _plain(list(frame[name]))
    if _is_pandas(frame):
        column = frame[name]
        cells = zip(_plain(column.tolist()), column.isna().tolist(), strict=True)
        return [None if missing else cell for cell, missing in cells]
    if _is_polars(frame):
        found: list[Any] = frame.get_column(name).to_list()
        return found
    return _arrow_cells(frame, name)


def _plain(cells: list[Any]) -> list[Any]:
    """NumPy's values as Python's own."""
    return [c.tolist() if isinstance(c, (np.ndarray, np.generic)) else c for c in cells]


def _arrow(frame: Any) -> Any:
    """Any other table, as Arrow's; many packages hand theirs out as such, DuckDB for one."""
    try:
        import pyarrow as pa  # deferred: extra parquet
    except ImportError as error:
        raise MissingExtra("parquet", "Reading this table") from error
    try:
        return frame if isinstance(frame, pa.Table) else pa.table(frame)
    except (TypeError, ValueError) as error:  # Arrow's own errors are such too
        raise DataError(
            f"The data is of type {type(frame).__name__}, which cannot be read as a table "
            f"({first_line(error)}). Give a pandas, polars or Arrow table, or a mapping of column "
            "names to values; collect a lazy table first."
        ) from None


def _arrow_cells(table: Any, name: str) -> list[Any]:
    from emoscope.io.parquet.records import (  # deferred: extra parquet
        ArrowRecords,
        replace_undecodable_strings,
    )

    one, errors = replace_undecodable_strings(table.select([name]), NAME)
    if errors:
        row = min(errors)
        raise UnreadableFile(f"{NAME}, row {row + 1:,}: {errors[row]}. Correct or remove that row.")
    return ArrowRecords(one).column(name)


def _beside_pandas(frame: Any, added: Any) -> Any:
    """The index of ``frame`` is that of all columns, whatever it is."""
    import pandas  # deferred: start-up

    names = added.column_names
    nested = {n: _shared(added.column(n).to_pylist()) for n in names if _is_nested(added, n)}
    flat = added.drop_columns(list(nested))
    del added
    columns = flat.to_pandas(split_blocks=True, self_destruct=True)  # a column at a time
    columns.index = frame.index
    for name, cells in nested.items():
        columns[name] = pandas.Series(cells, index=frame.index, dtype=object)
    return pandas.concat([frame, columns[names]], axis=1)


def _is_nested(table: Any, name: str) -> bool:
    return bool(table.schema.field(name).type.num_fields)


def _shared(cells: list[Any]) -> list[Any]:
    """Lists of strings in which equal strings are one object: label names come again and again."""
    known: dict[str, str] = {}
    return [
        [known.setdefault(item, item) for item in cell] if isinstance(cell, list) else cell
        for cell in cells
    ]

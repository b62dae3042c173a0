"""Tables in, labelled tables out: the rows of label files, without the files.

Parts of bounded size are labelled one after the other, so that a large table takes little memory
beside itself and what is added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emoscope.errors import ColumnMissing, DataError
from emoscope.inference.added_columns import AddedColumns
from emoscope.inference.arrow_columns import added_arrays, added_fields
from emoscope.inference.label_rows import label_rows
from emoscope.io.frames import NAME, Frame
from emoscope.io.parquet.records import ArrowRecords, replace_undecodable_strings
from emoscope.io.text_column import find_text_column, read_cells

if TYPE_CHECKING:
    import pyarrow as pa

    from emoscope.inference.classifier import EmotionClassifier

_ROWS = 8192
"""Rows of a part."""
_LOOKED_AT = 1000
"""First rows, by which the column with the texts is found."""


class TableLabeller:
    """Adds the columns of :mod:`emoscope.inference.added_columns` to tables with texts.

    A row that cannot be read gets an ``error``.
    """

    def __init__(self, classifier: EmotionClassifier, added: AddedColumns, text: str) -> None:
        """``text`` is the column with the texts."""
        self._classifier = classifier
        self._rollups = [each.rollup for each in added.sets if each.rollup is not None]
        self._added = added
        self._text = text

    def __call__(self, table: pa.Table) -> pa.Table:
        """``table`` with the added columns behind its own.

        Raises :class:`ColumnMissing` without the column of texts, and :class:`DataError` where an
        added column has a name that is taken.
        """
        check_columns(table.column_names, self._text, self._added)
        table, problems = replace_undecodable_strings(table, NAME)
        added = self.added(ArrowRecords(table).column(self._text), problems)
        for name, column in zip(added.column_names, added.columns, strict=True):
            table = table.append_column(added.field(name), column)
        return table

    def added(self, cells: Sequence[Any], problems: Mapping[int, str]) -> pa.Table:
        """The added columns of rows with these cells as texts; ``problems`` says what is broken."""
        import pyarrow as pa  # deferred: extra parquet

        texts, errors = read_cells(cells, self._text, problems)
        answers = label_rows(self._classifier, texts, self._rollups)
        schema = pa.schema(list(added_fields(self._added)))
        return pa.Table.from_arrays(added_arrays(self._added, errors, answers), schema=schema)


def label_table(
    classifier: EmotionClassifier, table: Any, added: AddedColumns, text: str | None = None
) -> Any:
    """``table``, of pandas, polars or Arrow, with the ``added`` columns behind its own.

    Rows, their order, index and the other columns stay as they are. Raises :class:`DataError` for
    what is no table, a text column that is not clear, and a name that is taken.
    """
    import pyarrow as pa  # deferred: extra parquet

    frame = Frame(table)
    column = find_text_column(frame.columns, frame.rows(0, _LOOKED_AT), text, NAME)
    check_columns(frame.columns, column, added)
    labeller = TableLabeller(classifier, added, column)
    parts = []
    for start in range(0, len(frame) or 1, _ROWS):
        part = frame.rows(start, start + _ROWS)
        parts.append(
            labeller(part.native) if frame.is_arrow else labeller.added(part.column(column), {})
        )
    joined = pa.concat_tables(parts)
    del parts
    return joined if frame.is_arrow else frame.beside(joined)


def check_columns(columns: Sequence[str], text: str, added: AddedColumns) -> None:
    """Raise :class:`DataError` where a table of these columns cannot be labelled."""
    if len(set(columns)) < len(columns):
        raise DataError(f"{NAME} has two columns of one name. Rename one of them.")
    if text not in columns:
        raise ColumnMissing(NAME, text, columns)
    added.refuse_clash(columns, NAME)

"""Arrow tables in, labelled Arrow tables out: for programs of Ray, Spark and other engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emoscope.batch.added_columns import AddedColumns
from emoscope.batch.label_rows import label_rows
from emoscope.batch.options import LabelOptions
from emoscope.batch.writing.parquet import ParquetEncoder
from emoscope.errors import ColumnMissing, DataError
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.parquet.records import ArrowRecords, replace_undecodable_strings
from emoscope.io.text_column import TEXT, read_texts

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = "The table"


class TableLabeller:
    """Adds the columns of :mod:`emoscope.batch.added_columns` to tables with a column of texts.

    The worker of label files, without the files: a row that cannot be read gets an ``error``.
    """

    def __init__(self, classifier: EmotionClassifier, options: LabelOptions | None = None) -> None:
        """Of ``options`` those of the output count, and ``text``, the column with the texts."""
        options = options or LabelOptions()
        self._classifier = classifier
        self._rollups = options.rollups
        self._text = options.text or TEXT
        self._added = added_columns(classifier, options)

    def __call__(self, table: pa.Table) -> pa.Table:
        """``table`` with the added columns behind its own.

        Raises :class:`ColumnMissing` without the column of texts, and :class:`DataError` where an
        added column has a name that is taken.
        """
        check_columns(table.column_names, self._text, self._added)
        table, problems = replace_undecodable_strings(table, _NAME)
        n = table.num_rows
        chunk = Chunk(ArrowRecords(table), problems, range(1, n + 1), "row", _NAME, Cursor(), None)
        texts, errors = read_texts(chunk, self._text)
        answers = label_rows(self._classifier, texts, self._rollups)
        return ParquetEncoder(table.schema, self._added).table(chunk, errors, answers)


def added_columns(classifier: EmotionClassifier, options: LabelOptions) -> AddedColumns:
    """The names of what is added; :class:`TaxonomyError` for a roll-up that there is not."""
    sets = classifier.label_sets(options.rollups)
    return AddedColumns(sets, options.probabilities, options.prefix)


def check_columns(columns: Sequence[str], text: str, added: AddedColumns) -> None:
    """Raise :class:`DataError` where a table of these columns cannot be labelled."""
    if len(set(columns)) < len(columns):
        raise DataError(f"{_NAME} has two columns of one name. Rename one of them.")
    if text not in columns:
        raise ColumnMissing(_NAME, text, columns)
    added.refuse_clash(columns, _NAME)

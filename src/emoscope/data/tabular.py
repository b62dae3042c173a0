"""A user's own tables: which columns matter, what the labels mean, where the splits are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

from emoscope.data.assemble import Part, join_parts, source_file
from emoscope.data.examples import Examples, split_name
from emoscope.data.label_cells import read_label_cells
from emoscope.data.label_interpretation import Labelling, known_names, settle_task
from emoscope.data.multi_hot_columns import read_label_columns
from emoscope.data.settings import DataSettings
from emoscope.errors import ColumnMissing, DataError, UnreadableFile
from emoscope.io.formats import file_suffix
from emoscope.io.frames import Frame
from emoscope.io.table import Table, read_table
from emoscope.taxonomy import Task

_TEXT = ("text",)
_LABELS = ("labels", "label")


@dataclass(frozen=True)
class Columns:
    """The columns of a table that matter."""

    text: str
    labels: tuple[str, ...]
    """One column of labels, or several 0/1 columns."""
    ids: str | None
    split: str | None

    def every(self) -> tuple[str, ...]:
        """All of them, each once."""
        optional = (name for name in (self.ids, self.split) if name is not None)
        return tuple(dict.fromkeys((self.text, *self.labels, *optional)))


def choose_columns(name: str, header: Sequence[str], settings: DataSettings) -> Columns:
    """The columns that ``settings`` name, or else the customary ones.

    Raises :class:`ColumnMissing` naming the file, the column, the flag and the columns there are.
    """
    text = _pick(name, header, settings.text, _TEXT, "--text")
    labels = settings.label_columns or (_pick(name, header, settings.labels, _LABELS, "--labels"),)
    chosen = Columns(
        text=text,
        labels=labels,
        ids=settings.ids,
        split=settings.split_column,
    )
    flags = dict.fromkeys(settings.label_columns, "--label-columns")
    flags |= {settings.ids or "": "--ids", settings.split_column or "": "--split-column"}
    for column in chosen.every():
        if column not in header:
            raise ColumnMissing(name, column, header, flags[column])
    return chosen


def _pick(
    name: str, header: Sequence[str], given: str | None, usual: Sequence[str], flag: str
) -> str:
    if given is not None:
        if given not in header:
            raise ColumnMissing(name, given, header, flag)
        return given
    found = next((column for column in usual if column in header), None)
    if found is None:
        raise ColumnMissing(name, usual[0], header, advice=f"Name the column with {flag}. ")
    return found


def read_tabular(sources: Mapping[str, Path | Frame], settings: DataSettings) -> Examples:
    """Read one table a split: ``sources`` is split -> file or table in memory.

    All rows of a table are in its split; one that no split is known of comes as ``train``. With a
    split column, that decides.
    """

    def select(name: str, header: Sequence[str]) -> Sequence[str]:
        return choose_columns(name, header, settings).every()

    tables = {
        split: source.table(select)
        if isinstance(source, Frame)
        else read_table(source, select, settings.reading)
        for split, source in sources.items()
    }
    return examples_of_tables(tables, settings, name=_name(list(sources.values())))


def _name(sources: Sequence[Path | Frame]) -> str:
    """What the data is called: by its one file, or by the folder of several."""
    first = sources[0]
    if isinstance(first, Frame):
        return "table"
    if len(sources) > 1:
        return first.parent.name or first.name
    return first.name.split(file_suffix(first))[0]


def examples_of_tables(
    tables: Mapping[str, Table],
    settings: DataSettings,
    *,
    name: str,
    label_names: Sequence[str] = (),
) -> Examples:
    """Make Examples of tables, one a split; labels are understood over all of them together.

    ``label_names`` are the labels in order if the source knows them; those of the settings win.

    Raises a :class:`DataError` that names file, row, column and label.
    """
    if settings.split_column is not None and len(tables) > 1:
        raise DataError(
            f"A split column ({settings.split_column!r}) and one file for each split were both "
            "given. Give one of them."
        )
    ordered = list(tables.items())
    columns = [choose_columns(t.name, list(t.columns), settings) for _, t in ordered]
    rows = _Rows([table for _, table in ordered], columns, settings)
    labelling = _read_labels(rows, settings, label_names)
    notes = [*chain.from_iterable(table.notes for _, table in ordered), *labelling.notes]
    task: Task = "multi_label"
    if not settings.single_label:  # else the texts with one label are picked out afterwards
        task, note = settle_task(labelling, settings.task, rows.at)
        notes.append(note)
    bare = sum(not row for row in labelling.indices)
    if bare:
        notes.append(f"{bare:,} of {len(labelling.indices):,} texts have no label")
    parts = []
    for (split, table), chosen, start in zip(ordered, columns, rows.starts, strict=True):
        parts.append(
            Part(
                split=split,
                texts=_texts(table, chosen.text),
                indices=labelling.indices[start : start + len(table)],
                ids=_ids(table, chosen.ids, prefix=f"{split}:" if len(ordered) > 1 else ""),
                file=source_file(table),
                splits=_splits(table, chosen.split),
            )
        )
    return join_parts(parts, name=name, taxonomy=labelling.taxonomy, task=task, notes=notes)


class _Rows:
    """The rows of several tables, counted on from one to the next."""

    def __init__(
        self, tables: Sequence[Table], columns: Sequence[Columns], settings: DataSettings
    ) -> None:
        self.tables = tables
        self.starts = [0, *accumulate(len(table) for table in tables)][:-1]
        self.label_column = [None if settings.label_columns else c.labels[0] for c in columns]
        """For each table, its column of labels; none where labels have columns of their own."""

    def at(self, row: int) -> str:
        """Where the labels of a row are, for messages."""
        number = bisect_right(self.starts, row) - 1
        return self.tables[number].at(row - self.starts[number], self.label_column[number])

    def cells(self, columns: Sequence[str | None]) -> list[Any]:
        """The cells of one column, which may be called differently in each table."""
        named = zip(self.tables, columns, strict=True)
        return list(chain.from_iterable(t.columns[name] for t, name in named if name is not None))


def _read_labels(rows: _Rows, settings: DataSettings, label_names: Sequence[str]) -> Labelling:
    known = known_names(settings.label_names) or tuple(label_names)
    if settings.label_columns:
        joined = {n: rows.cells([n] * len(rows.tables)) for n in settings.label_columns}
        return read_label_columns(joined, rows.at, known)
    return read_label_cells(
        rows.cells(rows.label_column),
        rows.at,
        names=known,
        delimiter=settings.label_delimiter,
        may_split=settings.task != "single_label",
    )


def _texts(table: Table, column: str) -> list[str]:
    """The texts; a cell that JSON or Parquet leaves out is an empty text."""
    cells = table.columns[column]
    for row, cell in enumerate(cells):
        if not isinstance(cell, str) and cell is not None:
            raise UnreadableFile(
                f"{table.at(row, column)}: {_short(cell)} is not a text. Name the column with the "
                "texts (--text)."
            )
    return [cell or "" for cell in cells]


def _ids(table: Table, column: str | None, prefix: str) -> list[str]:
    if column is None:
        return [f"{prefix}{line}" for line in table.places]
    return [str(cell) for cell in table.columns[column]]


def _splits(table: Table, column: str | None) -> list[str] | None:
    if column is None:
        return None
    known: dict[Any, str] = {}
    for row, cell in enumerate(table.columns[column]):
        if cell not in known:
            try:
                known[cell] = split_name(str(cell))
            except DataError as error:
                raise DataError(f"{table.at(row, column)}: {error}") from None
    return [known[cell] for cell in table.columns[column]]


def _short(cell: Any) -> str:
    text = repr(cell)
    return text if len(text) <= 40 else text[:37] + "..."

"""One column a label, holding 0 or 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emoscope.data.label_interpretation import At, Labelling, taxonomy_of
from emoscope.data.label_names import exact_key
from emoscope.errors import UnknownLabel, UnreadableFile, listing, nearest
from emoscope.text import normalise

_MEANING = {
    "1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False,
}  # fmt: skip


def read_label_columns(
    columns: Mapping[str, Sequence[Any]], at: At, names: Sequence[str] = ()
) -> Labelling:
    """Understand 0/1 columns, named after their labels; true and false do as well.

    ``names`` are all labels in order when known; a label without a column has no text. Raises
    :class:`UnreadableFile` naming row and column of a cell that is neither 0 nor 1, and
    :class:`UnknownLabel` for a column that is no label.
    """
    for column in columns:
        if names and column not in names:
            raise UnknownLabel(
                f"The label column {column!r} is none of the labels. {nearest(column, names)}"
                f"They are: {listing(names, 30)}. Leave the column out, or correct the names."
            )
    if not names:
        columns = _distinct(columns)
    taxonomy = taxonomy_of(names or list(columns))
    n = len(next(iter(columns.values())))
    held = np.zeros((n, len(taxonomy)), dtype=np.bool_)
    for name, cells in columns.items():
        held[:, taxonomy.index(name)] = _held(name, cells, at)
    indices = [tuple(np.flatnonzero(row).tolist()) for row in held]
    return Labelling(indices, taxonomy, may_have_none=True)


def _distinct(columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """The columns under clean names; refuses two that differ in case or unseen characters alone."""
    found: dict[str, str] = {}
    for column in columns:
        other = found.setdefault(exact_key(column).casefold(), column)
        if other != column:
            raise UnknownLabel(
                f"The label columns {other!a} and {column!a} differ in nothing but case "
                "or invisible characters. Rename or leave out one of them, or name all labels "
                "(label_names)."
            )
    return {normalise(column): cells for column, cells in columns.items()}


def _held(name: str, cells: Sequence[Any], at: At) -> np.ndarray[Any, np.dtype[np.bool_]]:
    keys = [str(cell).strip().lower() for cell in cells]
    for row, key in enumerate(keys):
        if key not in _MEANING:
            raise UnreadableFile(
                f"{at(row)}, column {name!r}: {cells[row]!r} is neither 0 nor 1. Label columns "
                "hold 1 where the label applies, else 0; check which columns are labels."
            )
    return np.fromiter(map(_MEANING.__getitem__, keys), dtype=np.bool_, count=len(keys))

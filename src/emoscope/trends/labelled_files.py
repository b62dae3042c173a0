"""Answers from a file that is labelled already, as ``emoscope predict FILE -o OUT`` writes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from emoscope.errors import DataError, TaxonomyError, listing, nearest
from emoscope.inference.added_columns import SEPARATOR, AddedColumns
from emoscope.inference.answers import LabelSet
from emoscope.io.cell_values import as_cell
from emoscope.io.chunks import Chunk, Records
from emoscope.taxonomy import GOEMOTIONS, Rollup
from emoscope.trends.label_source import Bools, Found, LabelSource

_OWN = LabelSet(None, ())
_WIDE = "probability_"


def added_columns(prefix: str = "") -> AddedColumns:
    """The columns that labelling adds, with their names before ``prefix`` where there is one."""
    return AddedColumns((_OWN,), "object", prefix)


def find_labelling(columns: Sequence[str], prefix: str | None, source: str) -> AddedColumns | None:
    """The columns that labelling has added to a file, or None.

    Without ``prefix``, the one that all of these share is found. Raises :class:`DataError` for a
    file that was labelled more than once, and for a prefix that no labelling has.
    """
    ending = added_columns().error
    found = [
        added
        for name in columns
        if name.endswith(ending)
        and _needed(added := added_columns(name.removesuffix(ending))) <= set(columns)
    ]
    prefixes = [added.prefix for added in found]
    if prefix is not None:
        if prefix not in prefixes:
            raise DataError(
                f"{source} has no labels whose columns begin with {prefix!r}. "
                f"{nearest(prefix, prefixes)}It has: {listing(map(repr, prefixes))}."
            )
        return found[prefixes.index(prefix)]
    if len(found) > 1:
        raise DataError(
            f"{source} was labelled {len(found)} times, with the prefixes "
            f"{listing(map(repr, prefixes))}. Name one of them with --prefix."
        )
    return found[0] if found else None


def _needed(added: AddedColumns) -> set[str]:
    return set(added.short) - {added.notes}


class LabelColumns(LabelSource):
    """Reads labels from their column.

    The labels of a roll-up come from their own column where the file has one, and are otherwise
    the union of the fine ones. Raises :class:`TaxonomyError` when there is neither the column nor a
    roll-up.
    """

    def __init__(
        self,
        added: AddedColumns,
        columns: Sequence[str],
        sample: Records,
        rollup: str | None,
        source: str,
    ) -> None:
        """``sample`` holds the first rows, whose probabilities name all labels."""
        asked = LabelSet(rollup, ())
        self._error = added.error
        self._rollup: Rollup | None = None
        self._file = source
        if rollup is None or added.labels(asked) in columns:
            known = _known_labels(added, columns, sample, asked)
            self._column = added.labels(asked)
        else:
            self._rollup = _union(rollup, added, columns, source)
            known = self._rollup.labels
            self._column = added.labels(_OWN)
            self.notes = (
                f"{source} has no column {added.labels(asked)!r}, so a text has a label of "
                f"{rollup} when it has one of its fine labels",
            )
        self.labels = known
        self._places = {label: i for i, label in enumerate(known)}
        self.complete = bool(known)
        self.source = f"labels in column {self._column!r}"

    def read(self, chunk: Chunk, wanted: Bools) -> Found:
        """Read the labels of the wanted rows."""
        cells = chunk.column(self._column)
        reasons = chunk.column(self._error)
        rows: list[int] = []
        labels: list[int] = []
        errors: dict[int, str] = {}
        for row in np.flatnonzero(wanted).tolist():
            if row in chunk.errors:
                errors[row] = chunk.errors[row]
            elif reasons[row]:
                errors[row] = as_cell(reasons[row])
            elif (names := _names(cells[row])) is None:
                errors[row] = f"no labels in column {self._column!r}"
            else:
                places = {self._place(name) for name in names}
                rows += [row] * len(places)
                labels += places
        self.labels = tuple(self._places)
        return Found(np.array(rows, dtype=np.intp), np.array(labels, dtype=np.intp), errors)

    def _place(self, name: str) -> int:
        if self._rollup is None:
            return self._places.setdefault(name, len(self._places))
        if name not in GOEMOTIONS.labels:
            raise TaxonomyError(
                f"{self._file} has the label {name!r}, whose place in {self._rollup.name} is not "
                f"known. Label the texts again with --rollup {self._rollup.name}."
            )
        return self._rollup.groups[GOEMOTIONS.index(name)]


def _union(rollup: str, added: AddedColumns, columns: Sequence[str], source: str) -> Rollup:
    """The known roll-up of fine labels; those of Emotion are a part of GoEmotions' ones."""
    if rollup in GOEMOTIONS.rollups:
        return GOEMOTIONS.rollups[rollup]
    ending = f"_{added_columns().labels(_OWN)}"
    there = [
        name.removeprefix(added.prefix).removesuffix(ending)
        for name in columns
        if name.startswith(added.prefix) and name.endswith(ending)
    ]
    raise TaxonomyError(
        f"{source} has no labels of a roll-up {rollup!r}. It can be counted in: "
        f"{listing(dict.fromkeys((*there, *GOEMOTIONS.rollups)))}. For others, label the texts "
        f"again with --rollup {rollup}."
    )


def _known_labels(
    added: AddedColumns, columns: Sequence[str], sample: Records, of: LabelSet
) -> tuple[str, ...]:
    """All labels of a set, by the names of its probabilities; none where these were removed."""
    prefix = added.prefix + (f"{of.rollup}_{_WIDE}" if of.rollup else _WIDE)
    wide = tuple(name.removeprefix(prefix) for name in columns if name.startswith(prefix))
    (together,) = added.probabilities(of)
    if wide or together not in columns:
        return wide
    for cell in sample.column(together):
        value = _parsed(cell) if isinstance(cell, str) else cell
        if isinstance(value, dict):
            return tuple(map(str, value))
    return ()


def _names(cell: Any) -> list[str] | None:
    """The labels in a cell: joined in CSV, or as a JSON list where one holds the separator."""
    if isinstance(cell, str):
        listed = _parsed(cell) if cell.startswith("[") else None
        if not isinstance(listed, list):
            return cell.split(SEPARATOR) if cell else []
        cell = listed
    if isinstance(cell, (list, tuple)) and all(isinstance(name, str) for name in cell):
        return list(cell)
    return None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

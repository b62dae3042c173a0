"""The added columns as Arrow's: lists of strings, and 32-bit floats or a struct of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.errors import MissingExtra
from emoscope.inference.added_columns import AddedColumns
from emoscope.inference.answers import Answers, LabelAnswers, LabelSet

try:
    import pyarrow as pa
except ImportError as error:
    raise MissingExtra("parquet", "Labelling tables") from error

_STRINGS = pa.list_(pa.string())


def added_fields(added: AddedColumns) -> Iterator[pa.Field]:
    """Name and type of every added column, in order."""
    for each in added.sets:
        yield pa.field(added.labels(each), _STRINGS)
        yield pa.field(added.top_label(each), pa.string())
    yield pa.field(added.notes, _STRINGS)
    yield pa.field(added.error, pa.string())
    for each in added.sets:
        numbers: pa.DataType = pa.float32()
        if added.style == "object":
            numbers = pa.struct([(label, numbers) for label in each.labels])
        for name in added.probabilities(each):
            yield pa.field(name, numbers)


def added_arrays(added: AddedColumns, errors: Mapping[int, str], answers: Answers) -> list[Any]:
    """The added columns of some rows; ``errors`` says why some rows have no prediction."""
    unread = np.zeros(len(answers), dtype=np.bool_)
    unread[list(errors)] = True
    pairs = list(zip(added.sets, answers.sets, strict=True))
    arrays = []
    for each, found in pairs:
        names = pa.array(each.labels, pa.string())
        columns, ends = found.held_columns()
        arrays.append(pa.ListArray.from_arrays(pa.array(ends), names.take(pa.array(columns))))
        arrays.append(names.take(pa.array(found.top, mask=unread)))
    arrays.append(pa.array(map(list, answers.notes), _STRINGS))
    arrays.append(pa.array([errors.get(row) for row in range(len(unread))], pa.string()))
    for each, found in pairs:
        arrays += _probabilities(added, each, found, unread)
    return arrays


def _probabilities(
    added: AddedColumns, each: LabelSet, found: LabelAnswers, unread: npt.NDArray[np.bool_]
) -> list[Any]:
    if added.style == "none":
        return []
    by_label = np.ascontiguousarray(found.probabilities.T)
    if added.style == "wide":
        return [pa.array(row, mask=unread) for row in by_label]
    rows = [pa.array(row) for row in by_label]
    return [pa.StructArray.from_arrays(rows, list(each.labels), mask=pa.array(unread))]

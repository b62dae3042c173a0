"""Parquet output.

A Parquet file ends with an index of everything before it, so one that was cut off cannot be
continued. While a job works, chunks are therefore kept as Arrow streams, one behind the other; when
all are there, they are joined into the Parquet file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from emoscope.batch.added_columns import AddedColumns
from emoscope.batch.writing.encoders import held_columns
from emoscope.errors import MissingExtra, UnreadableFile
from emoscope.inference.answers import Answers, LabelAnswers, LabelSet
from emoscope.io.cell_values import as_json
from emoscope.io.chunks import Chunk, Records
from emoscope.io.column_types import Kind
from emoscope.io.lines import replace_undecodable

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as error:
    raise MissingExtra("parquet", "Parquet") from error

from emoscope.io.parquet.records import ArrowRecords

_GROUP_ROWS = 1 << 17
_GROUP_BYTES = 64 << 20
_STRINGS = pa.list_(pa.string())
_TYPES: dict[Kind, Callable[[], pa.DataType]] = {
    "bool": pa.bool_,
    "int": pa.int64,
    "float": pa.float64,
    "text": pa.string,
    "json": pa.string,
}


class ParquetEncoder:
    """Encodes chunks as Arrow streams, and joins them in the end."""

    def __init__(self, inputs: pa.Schema | Mapping[str, Kind], added: AddedColumns) -> None:
        """``inputs``: the schema of Parquet input, or the kind of every column of other input."""
        self._added = added
        self._kinds = {} if isinstance(inputs, pa.Schema) else dict(inputs)
        if isinstance(inputs, pa.Schema):
            self._inputs = inputs
        else:
            self._inputs = pa.schema([(name, _TYPES[kind]()) for name, kind in inputs.items()])
        fields = [*self._inputs, *_added_fields(added)]
        self.schema = pa.schema(fields, metadata=self._inputs.metadata)

    def header(self) -> bytes:
        """Nothing: every stream names its columns."""
        return b""

    def encode(self, chunk: Chunk, errors: Mapping[int, str], answers: Answers) -> bytes:
        """The rows of a chunk as one Arrow stream."""
        table = self.table(chunk, errors, answers)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.schema) as stream:
            stream.write_table(table)
        return bytes(sink.getvalue())

    def table(self, chunk: Chunk, errors: Mapping[int, str], answers: Answers) -> pa.Table:
        """The rows of a chunk; ``errors`` says why some have no prediction."""
        try:
            columns = [*self._input_columns(chunk.records), *self._added_columns(errors, answers)]
            return pa.Table.from_arrays(columns, schema=self.schema)
        except (pa.ArrowException, KeyError) as error:
            raise UnreadableFile(
                f"{chunk.source} changed while it was being read ({error}). Run the command again."
            ) from error

    def count_rows(self, encoded: BinaryIO) -> int:
        """Rows of all streams."""
        return sum(table.num_rows for table in _streams(encoded))

    def join(self, encoded: Path, output: Path) -> None:
        """Write the streams in ``encoded`` as one Parquet file."""
        with (
            encoded.open("rb") as file,
            pq.ParquetWriter(output, self.schema, compression="zstd") as writer,
        ):
            for table in _groups(_streams(file)):
                writer.write_table(table, row_group_size=table.num_rows)

    def _input_columns(self, records: Records) -> list[Any]:
        if isinstance(records, ArrowRecords):
            return list(records.table.columns)
        return [_array(records.column(name), kind) for name, kind in self._kinds.items()]

    def _added_columns(self, errors: Mapping[int, str], answers: Answers) -> list[Any]:
        unread = np.zeros(len(answers), dtype=np.bool_)
        unread[list(errors)] = True
        pairs = list(zip(self._added.sets, answers.sets, strict=True))
        columns = []
        for each, found in pairs:
            names = pa.array(each.labels, pa.string())
            columns.append(_label_lists(names, found))
            columns.append(names.take(pa.array(found.top, mask=unread)))
        columns.append(pa.array(map(list, answers.notes), _STRINGS))
        columns.append(pa.array([errors.get(row) for row in range(len(unread))], pa.string()))
        for each, found in pairs:
            columns += self._probabilities(each, found, unread)
        return columns

    def _probabilities(
        self, each: LabelSet, found: LabelAnswers, unread: npt.NDArray[np.bool_]
    ) -> list[Any]:
        if self._added.style == "none":
            return []
        by_label = np.ascontiguousarray(found.probabilities.T)
        if self._added.style == "wide":
            return [pa.array(row, mask=unread) for row in by_label]
        rows = [pa.array(row) for row in by_label]
        return [pa.StructArray.from_arrays(rows, list(each.labels), mask=pa.array(unread))]


def _added_fields(added: AddedColumns) -> Iterator[pa.Field]:
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


def _array(values: Sequence[Any], kind: Kind) -> Any:
    if kind == "json":
        values = [None if value is None else as_json(value) for value in values]
    try:
        return pa.array(values, _TYPES[kind]())
    except UnicodeEncodeError:  # lone surrogates, which JSON escapes can smuggle in
        return pa.array(
            [None if v is None else replace_undecodable(v) for v in values], pa.string()
        )


def _label_lists(names: Any, answers: LabelAnswers) -> Any:
    columns, ends = held_columns(answers)
    return pa.ListArray.from_arrays(pa.array(ends), names.take(pa.array(columns)))


def _streams(encoded: BinaryIO) -> Iterator[pa.Table]:
    with pa.PythonFile(encoded, mode="r") as file:
        size = file.size()
        while file.tell() < size:
            with pa.ipc.open_stream(file) as stream:
                yield stream.read_all()


def _groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Tables of about ``_GROUP_ROWS`` rows, less where rows are long: the row groups."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        rows, size = sum(t.num_rows for t in waiting), sum(t.nbytes for t in waiting)
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)

"""Parquet output.

A Parquet file ends with an index of everything before it, so one that was cut off cannot be
continued. While a job works, chunks are therefore kept as Arrow streams, one behind the other; when
all are there, they are joined into the Parquet file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from emoscope.errors import MissingExtra, UnreadableFile
from emoscope.inference.added_columns import AddedColumns
from emoscope.inference.answers import Answers
from emoscope.inference.arrow_columns import added_arrays, added_fields
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
        fields = [*self._inputs, *added_fields(added)]
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
            added = added_arrays(self._added, errors, answers)
            columns = [*self._input_columns(chunk.records), *added]
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


def _array(values: Sequence[Any], kind: Kind) -> Any:
    if kind == "json":
        values = [None if value is None else as_json(value) for value in values]
    try:
        return pa.array(values, _TYPES[kind]())
    except UnicodeEncodeError:  # lone surrogates, which JSON escapes can smuggle in
        return pa.array(
            [None if v is None else replace_undecodable(v) for v in values], pa.string()
        )


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

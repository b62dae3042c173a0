"""Parquet input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from emoscope.errors import DataError, UnreadableFile
from emoscope.io.chunks import CHUNK_BYTES, Chunk, Cursor, Reader
from emoscope.io.column_names import distinct_names, repeated_names
from emoscope.io.parquet.records import (
    ArrowRecords,
    binary_as_text,
    is_binary,
    replace_undecodable_strings,
)
from emoscope.io.remote_files import InputFile, RemoteFile

_BUFFER = 1 << 20
_SAMPLE_ROWS = 1000
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1a\x1c-\x1f]")  # texts hold other white space, and escapes


class ParquetReader(Reader):
    """One Parquet input. Raises :class:`UnreadableFile` when it is none, or damaged."""

    def __init__(self, path: InputFile, file: int = 0) -> None:
        super().__init__(str(path), file)
        self._path = path
        with self._open() as parquet:
            schema = parquet.schema_arrow
            self.columns, notes = distinct_names(schema.names, self.name)
            self.repeated = repeated_names(schema.names)
            self._texts = _binary_texts(parquet)
        types = [pa.string() if place in self._texts else f.type for place, f in enumerate(schema)]
        fields = [
            f.with_name(name).with_type(kind)
            for f, name, kind in zip(schema, self.columns, types, strict=True)
        ]
        told = [
            f"{self.name}: the bytes in column {self.columns[place]!r} are UTF-8 and read as text"
            for place in sorted(self._texts)
        ]
        self.notes = (*notes, *told)
        self.schema = pa.schema(fields, metadata=schema.metadata)

    def chunks(self, rows: int) -> Iterator[Chunk]:
        """Yield chunks of ``rows`` rows from the first on, less where rows are long."""
        row = 0
        with self._open() as parquet:
            try:
                for table in _tables(parquet, rows):
                    first, row = row + 1, row + table.num_rows
                    table = binary_as_text(table, self._texts).rename_columns(self.columns)
                    table, errors = replace_undecodable_strings(table, self.name)
                    places = range(first, row + 1)
                    after, share = Cursor(self.file, row), row / parquet.metadata.num_rows
                    records = ArrowRecords(table)
                    yield Chunk(records, errors, places, "row", self.name, after, share)
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(error, f", after row {row:,}") from None

    def _open(self) -> pq.ParquetFile:
        try:
            # Without buffers of the whole row group: a group may hold all rows of a large file.
            source = self._path.open() if isinstance(self._path, RemoteFile) else self._path
            return pq.ParquetFile(source, buffer_size=_BUFFER, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception, place: str = "") -> UnreadableFile:
        return UnreadableFile(
            f"{self.name}{place}: not a whole Parquet file ({error}). Write or download it again."
        )


def common_schema(readers: Iterable[Reader]) -> pa.Schema | None:
    """The schema of Parquet inputs with the same columns, None of others.

    Raises :class:`DataError` when two inputs give a column different types.
    """
    found = [reader for reader in readers if isinstance(reader, ParquetReader)]
    for other in found[1:]:
        refuse_other_types(found[0].schema, found[0].name, other.schema, other.name)
    return found[0].schema if found else None


def refuse_other_types(first: pa.Schema, source: str, other: pa.Schema, its_source: str) -> None:
    """Raise :class:`DataError` when two schemas of the same columns give one different types."""
    for field, its in zip(first, other, strict=True):
        if field.type != its.type:
            raise DataError(
                f"Column {field.name!r} is {field.type} in {source} and {its.type} in "
                f"{its_source}. Label them in separate runs."
            )


def _binary_texts(parquet: pq.ParquetFile) -> frozenset[int]:
    """Columns of bytes that are UTF-8 text in most of the first rows that have a value."""
    schema = parquet.schema_arrow
    binary = [place for place, field in enumerate(schema) if is_binary(field.type)]
    if not binary:
        return frozenset()
    batches = parquet.iter_batches(_SAMPLE_ROWS, use_threads=False)
    batch = next((batch for batch in batches if batch.num_rows), None)
    if batch is None:
        return frozenset()
    return frozenset(place for place in binary if _is_text(batch.column(place).to_pylist()))


def _is_text(values: Sequence[bytes | None]) -> bool:
    """Whether more than half are; a row whose bytes are none gets an error when it is read."""
    found = [value for value in values if value]
    return 2 * sum(map(_is_utf8, found)) > len(found)


def _is_utf8(value: bytes) -> bool:
    try:
        return not _CONTROL.search(value.decode())
    except UnicodeDecodeError:
        return False


def _tables(parquet: pq.ParquetFile, rows: int) -> Iterator[pa.Table]:
    """Tables of ``rows`` rows, less where rows are long.

    How many depends on where a table begins and on nothing else.
    """
    waiting: list[pa.RecordBatch] = []
    have, want = 0, 0
    for group in range(parquet.num_row_groups):
        about = parquet.metadata.row_group(group)
        row_bytes = max(1, about.total_byte_size // max(1, about.num_rows))
        most = max(1, min(rows, CHUNK_BYTES // row_bytes))
        for batch in parquet.iter_batches(most, row_groups=[group], use_threads=False):
            while batch.num_rows:
                want = want or most
                piece = batch.slice(0, want - have)
                waiting.append(piece)
                have += piece.num_rows
                batch = batch.slice(piece.num_rows)
                if have == want:
                    yield pa.Table.from_batches(waiting).combine_chunks()
                    waiting, have, want = [], 0, 0
    if waiting:
        yield pa.Table.from_batches(waiting).combine_chunks()

"""Parquet input."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from emoscope.errors import UnreadableFile
from emoscope.io.chunks import CHUNK_BYTES, Chunk, Cursor
from emoscope.io.delimited_reader import distinct_names
from emoscope.io.parquet.records import ArrowRecords, mend_strings

_BUFFER = 1 << 20


class ParquetReader:
    """One Parquet input. Raises :class:`UnreadableFile` when it is none, or damaged."""

    def __init__(self, path: Path, file: int = 0) -> None:
        self.name = str(path)
        self._path = path
        self._file = file
        with self._open() as parquet:
            schema = parquet.schema_arrow
        self.columns, self.notes = distinct_names(schema.names, self.name)
        fields = [f.with_name(name) for f, name in zip(schema, self.columns, strict=True)]
        self.schema = pa.schema(fields, metadata=schema.metadata)

    def chunks(self, start: Cursor, rows: int) -> Iterator[Chunk]:
        """Yield chunks of ``rows`` rows from ``start`` on, the last one shorter."""
        row = start.row
        with self._open() as parquet:
            total = parquet.metadata.num_rows
            try:
                for table in _tables(parquet, row, rows):
                    first, row = row + 1, row + table.num_rows
                    table, errors = mend_strings(table.rename_columns(self.columns), self.name)
                    yield Chunk(
                        ArrowRecords(table),
                        errors,
                        range(first, row + 1),
                        "row",
                        self.name,
                        Cursor(self._file, row=row),
                        row / total,
                    )
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(error, f", after row {row:,}") from None

    def _open(self) -> pq.ParquetFile:
        try:
            # Without buffers of the whole row group: a group may hold all rows of a large file.
            return pq.ParquetFile(self._path, buffer_size=_BUFFER, pre_buffer=False)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception, place: str = "") -> UnreadableFile:
        return UnreadableFile(
            f"{self.name}{place}: not a whole Parquet file ({error}). Write or download it again."
        )


def _tables(parquet: pq.ParquetFile, skip: int, rows: int) -> Iterator[pa.Table]:
    """Tables of ``rows`` rows, less where rows are long, from row ``skip`` on.

    How many depends on where a table begins and on nothing else.
    """
    waiting: list[pa.RecordBatch] = []
    have, want = 0, 0
    for batch, most in _batches(parquet, skip, rows):
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


def _batches(parquet: pq.ParquetFile, skip: int, rows: int) -> Iterator[tuple[pa.RecordBatch, int]]:
    """(batch, rows that fit into a chunk beginning in it), from row ``skip`` on."""
    for group in range(parquet.num_row_groups):
        about = parquet.metadata.row_group(group)
        if about.num_rows <= skip:
            skip -= about.num_rows
            continue
        row_bytes = max(1, about.total_byte_size // about.num_rows)
        most = max(1, min(rows, CHUNK_BYTES // row_bytes))
        for batch in parquet.iter_batches(most, row_groups=[group], use_threads=False):
            passed = min(skip, batch.num_rows)
            skip -= passed
            yield batch.slice(passed), most

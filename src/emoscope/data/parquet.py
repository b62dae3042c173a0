"""Parquet files, through pyarrow; this is the one file that imports it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from emoscope.data.examples import SourceFile
from emoscope.data.table import Select, Table, check_columns
from emoscope.errors import MissingExtra, NoExamples, UnreadableFile
from emoscope.io.text_file import read_bytes

try:
    import pyarrow
    import pyarrow.parquet
except ImportError as error:
    raise MissingExtra("parquet", "Reading Parquet files") from error


def read_parquet(path: Path, select: Select) -> Table:
    """Read the chosen columns of a Parquet file; rows are counted from one.

    Raises :class:`UnreadableFile` for a damaged file and :class:`NoExamples` for one without rows.
    """
    raw = read_bytes(path)
    name = str(path)
    try:
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(raw))
        header = file.schema_arrow.names
        check_columns(name, header)
        chosen = list(select(name, header))
        read = file.read(columns=chosen)
        columns = {column: read.column(column).to_pylist() for column in chosen}
    except (pyarrow.ArrowException, OSError) as error:
        raise UnreadableFile(
            f"{path} is not a whole Parquet file ({error}). Write or download it again."
        ) from None
    if not read.num_rows:
        raise NoExamples(f"{path} has columns and no rows. Give a file that holds examples.")
    source = SourceFile(path.name, hashlib.sha256(raw).hexdigest(), read.num_rows)
    return Table(name, columns, range(1, read.num_rows + 1), source, unit="row")

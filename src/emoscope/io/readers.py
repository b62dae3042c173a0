"""A reader for every format."""

from __future__ import annotations

from emoscope.errors import DataError
from emoscope.io.chunks import Reader
from emoscope.io.delimited_reader import DelimitedReader
from emoscope.io.formats import STANDARD_INPUT
from emoscope.io.json_reader import JsonDocumentReader, JsonReader, is_json_document
from emoscope.io.line_reader import PlainTextReader
from emoscope.io.line_sources import LineSource
from emoscope.io.read_options import ReadOptions
from emoscope.io.remote_files import InputFile


def open_reader(path: InputFile, options: ReadOptions, file: int = 0) -> Reader:
    """The reader for a file, or for standard input, whose format ``options`` give.

    Raises a :class:`DataError` when the file cannot be opened or its beginning is broken, and
    :class:`MissingExtra` for Parquet without pyarrow.
    """
    if options.input_format == "parquet":
        if str(path) == STANDARD_INPUT:
            raise DataError("Parquet cannot be read from a pipe. Name a file.")
        from emoscope.io.parquet.reader import ParquetReader  # deferred: extra parquet

        return ParquetReader(path, file)
    source = LineSource(path)
    if options.input_format == "text":
        return PlainTextReader(source, file)
    if options.input_format != "jsonl":
        return DelimitedReader(source, options, file)
    lines = source.lines()
    try:
        sample, _ = lines.sample()
    finally:
        lines.leave()
    return (JsonDocumentReader if is_json_document(sample) else JsonReader)(source, file)

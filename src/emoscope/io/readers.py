"""A reader for every format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from emoscope.errors import DataError
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.delimited_reader import DelimitedReader
from emoscope.io.formats import STANDARD_INPUT
from emoscope.io.json_document_reader import JsonDocumentReader, is_json_document
from emoscope.io.json_lines_reader import JsonLinesReader
from emoscope.io.line_sources import line_source
from emoscope.io.plain_text_reader import PlainTextReader
from emoscope.io.read_options import ReadOptions


class Reader(Protocol):
    """One input file in some format."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The columns of every row; None when every row names its own."""

    @property
    def repeated(self) -> frozenset[str]:
        """Names that more than one column has in the file."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know about the file."""

    def chunks(self, start: Cursor, rows: int) -> Iterator[Chunk]:
        """Yield chunks of ``rows`` rows from ``start`` on, the last one shorter."""


def open_reader(path: Path, options: ReadOptions, file: int = 0) -> Reader:
    """The reader for a file, or for standard input, whose format ``options`` give.

    Raises a :class:`DataError` when the file cannot be opened or its beginning is broken, and
    :class:`MissingExtra` for Parquet without pyarrow.
    """
    if options.format == "parquet":
        if str(path) == STANDARD_INPUT:
            raise DataError("Parquet cannot be read from a pipe. Name a file.")
        from emoscope.io.parquet.reader import ParquetReader  # deferred: extra parquet

        return ParquetReader(path, file)
    source = line_source(path)
    if options.format == "text":
        return PlainTextReader(source, file)
    if options.format != "jsonl":
        return DelimitedReader(source, options, file)
    lines = source.lines(Cursor(file))
    try:
        sample, _ = lines.sample()
    finally:
        lines.leave()
    document = is_json_document(sample)
    return JsonDocumentReader(source, file) if document else JsonLinesReader(source, file)

"""How the rows of a job are encoded."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from emoscope.batch.input_columns import InputColumns
from emoscope.batch.options import LabelOptions
from emoscope.batch.writing.delimited import DelimitedEncoder
from emoscope.batch.writing.encoders import Encoder, Finisher
from emoscope.batch.writing.json_lines import JsonLinesEncoder
from emoscope.errors import DataError
from emoscope.inference.added_columns import AddedColumns
from emoscope.io.formats import OutputFormat
from emoscope.io.gzip_files import gzip_member


@dataclass(frozen=True, eq=False)
class RowEncoding:
    """Where the texts are, and what is written."""

    text_column: str
    added: AddedColumns
    encoder: Encoder
    finisher: Finisher | None
    """For formats whose encoded chunks are not simply the output."""
    pack: Callable[[bytes], bytes]
    """Last step of every encoded chunk: gzip, or nothing."""

    def count_rows(self, encoded: Path) -> int:
        """Rows in a file of packed chunks; -1 when it is damaged."""
        try:
            with gzip.open(encoded) if self.pack is gzip_member else encoded.open("rb") as file:
                return self.encoder.count_rows(cast("BinaryIO", file))
        except (OSError, EOFError, ValueError, zlib.error):  # Arrow's errors are such, too
            return -1


def refuse_formulas(output: OutputFormat, options: LabelOptions) -> None:
    """Raise :class:`DataError` for formulas to be escaped in a format that has none."""
    if options.escape_formulas and output.format not in ("csv", "tsv"):
        raise DataError(
            f"Formulas are escaped in CSV and TSV only, and the output is {output.format}. Leave "
            "--escape-formulas out, or write .csv or .tsv."
        )


def row_encoding(
    columns: InputColumns, added: AddedColumns, output: OutputFormat, options: LabelOptions
) -> RowEncoding:
    """The encoding of rows with these columns."""
    encoder, finisher = _encoder(columns, added, output, options)
    pack = gzip_member if output.gzip else bytes
    return RowEncoding(columns.text, added, encoder, finisher, pack)


def _encoder(
    columns: InputColumns, added: AddedColumns, output: OutputFormat, options: LabelOptions
) -> tuple[Encoder, Finisher | None]:
    if output.format == "jsonl":
        return JsonLinesEncoder(added), None
    if output.format == "parquet":
        from emoscope.batch.writing.parquet import ParquetEncoder  # deferred: extra parquet

        inputs = columns.kinds if columns.schema is None else columns.schema
        encoder = ParquetEncoder(inputs, added)
        return encoder, encoder.join
    delimiter = "\t" if output.format == "tsv" else ","
    return DelimitedEncoder(
        list(columns.kinds), added, delimiter, escape_formulas=options.escape_formulas
    ), None

"""How the rows of a job are encoded, which has to be known before the first one is labelled."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from emoscope.batch.added_columns import AddedColumns
from emoscope.batch.options import LabelOptions
from emoscope.batch.writing.delimited import DelimitedEncoder
from emoscope.batch.writing.encoders import Encoder, Finisher
from emoscope.batch.writing.json_lines import JsonLinesEncoder
from emoscope.errors import DataError
from emoscope.inference.answers import LabelSet
from emoscope.io.column_types import Kind, column_kinds
from emoscope.io.formats import OutputFormat
from emoscope.io.gzip_files import gzip_member
from emoscope.io.input_files import Inputs
from emoscope.io.text_column import TEXT


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


def choose_encoding(
    inputs: Inputs,
    sets: tuple[LabelSet, ...],
    output: OutputFormat,
    options: LabelOptions,
    *,
    pipe: bool,
) -> RowEncoding:
    """Look at the first rows (all of JSON lines that become a table) and decide.

    ``pipe``: the input can be read once only. Raises :class:`DataError` when the text column is not
    clear, when added columns would hide columns of the input, and for JSON lines from a pipe that
    are to be a table.
    """
    if options.escape_formulas and output.format not in ("csv", "tsv"):
        raise DataError(
            f"Formulas are escaped in CSV and TSV only, and the output is {output.format}. Leave "
            "--escape-formulas out, or write .csv or .tsv."
        )
    added = AddedColumns(sets, options.probabilities, options.prefix)
    inputs.reserve(added.names)
    first = inputs.first()
    sample = None if first is None else first.records
    table = output.format != "jsonl"
    kinds: dict[str, Kind] = {}
    if inputs.columns is not None:
        kinds = dict.fromkeys(inputs.columns, "text")
    elif table and pipe:
        raise DataError(
            f"JSON lines from a pipe cannot be written as {output.format}: its columns are known "
            "at the end only. Write .jsonl, or save the input to a file first."
        )
    elif table:
        kinds = column_kinds(inputs.chunks())
    elif not pipe:
        for _ in inputs.chunks():  # refuses a reserved field before anything is written
            pass
    if inputs.columns is None and not table and sample is not None:
        kinds = dict.fromkeys(sample.names(), "text")
    added.refuse_clash(kinds, inputs.name)
    text_column = options.text or TEXT  # of JSON lines without a single object
    if kinds:
        text_column = inputs.text_column(options.text, list(kinds), sample)
    encoder, finisher = _encoder(inputs, kinds, added, output, options)
    pack = gzip_member if output.gzip else bytes
    return RowEncoding(text_column, added, encoder, finisher, pack)


def _encoder(
    inputs: Inputs,
    kinds: dict[str, Kind],
    added: AddedColumns,
    output: OutputFormat,
    options: LabelOptions,
) -> tuple[Encoder, Finisher | None]:
    if output.format == "jsonl":
        return JsonLinesEncoder(added), None
    if output.format == "parquet":
        from emoscope.batch.writing.parquet import (  # deferred: extra parquet
            ParquetEncoder,
            common_schema,
        )

        encoder = ParquetEncoder(common_schema(inputs.readers) or kinds, added)
        return encoder, encoder.join
    delimiter = "\t" if output.format == "tsv" else ","
    return DelimitedEncoder(
        list(kinds), added, delimiter, escape_formulas=options.escape_formulas
    ), None

"""The columns of a job's inputs, which have to be known before the first row is labelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emoscope.batch.options import LabelOptions
from emoscope.errors import DataError
from emoscope.inference.added_columns import AddedColumns
from emoscope.io.column_types import Kind, column_kinds
from emoscope.io.formats import OutputFormat
from emoscope.io.input_files import Inputs
from emoscope.io.text_column import TEXT


@dataclass(frozen=True, eq=False)
class InputColumns:
    """Plain data, so that another process can encode the same rows in the same way."""

    kinds: Mapping[str, Kind]
    """Column -> kind, in order; of JSON lines that stay such, the fields of the first rows."""
    text: str
    """The column with the texts."""
    schema: Any = None
    """The Arrow schema of Parquet inputs, None of others."""


def find_columns(
    inputs: Inputs,
    added: AddedColumns,
    output: OutputFormat,
    options: LabelOptions,
    *,
    pipe: bool = False,
    kinds: Mapping[str, Kind] | None = None,
) -> InputColumns:
    """Look at the first rows (all of JSON lines) and decide.

    ``pipe``: the input can be read once only. ``kinds``: what :func:`column_kinds` found in all
    JSON lines, where somebody has read them with the ``added`` names reserved. Raises
    :class:`DataError` when the text column is not clear, when added columns would hide columns of
    the input, and for JSON lines from a pipe that are to be a table.
    """
    inputs.reserve(added.names)
    first = inputs.first()
    sample = None if first is None else first.records
    table = output.format != "jsonl"
    found: Mapping[str, Kind] = {}
    if inputs.columns is not None:
        found = dict.fromkeys(inputs.columns, "text")
    elif table and pipe:
        raise DataError(
            f"JSON lines from a pipe cannot be written as {output.format}: its columns are known "
            "at the end only. Write .jsonl, or save the input to a file first."
        )
    elif table:
        found = column_kinds(inputs.chunks()) if kinds is None else kinds
    elif not pipe and kinds is None:
        for _ in inputs.chunks():  # refuses a reserved field before anything is written
            pass
    if inputs.columns is None and not table and sample is not None:
        found = dict.fromkeys(sample.names(), "text")
    added.refuse_clash(found, inputs.name)
    text = options.text or TEXT  # of JSON lines without a single object
    if found:
        text = inputs.text_column(options.text, list(found), sample)
    schema = None
    if inputs.format == "parquet":
        from emoscope.io.parquet.reader import common_schema  # deferred: extra parquet

        schema = common_schema(inputs.readers)
    return InputColumns(found, text, schema)

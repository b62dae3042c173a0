"""The options that say how files are read, the same on every command that reads tables."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer


class Source(str, Enum):
    """What a file or standard input holds, where its name does not say it."""

    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"
    text = "text"
    parquet = "parquet"


class Quoting(str, Enum):
    """How fields of CSV and TSV are quoted: quotes doubled, escaped by a backslash, or not."""

    csv = "csv"
    backslash = "backslash"
    none = "none"


DelimiterOption = Annotated[
    str | None, typer.Option(help="CSV: what separates fields; found in the file if not given.")
]
QuotingOption = Annotated[
    Quoting | None, typer.Option(help="CSV: how fields are quoted; found in the file if not given.")
]
HeaderOption = Annotated[
    bool | None,
    typer.Option(help="CSV: whether the first row names the columns; found if not given."),
]


def unescaped(delimiter: str | None) -> str | None:
    """A delimiter as typed; ``tab`` and a backslash with a t are a tab."""
    return "\t" if delimiter in ("\\t", "tab") else delimiter

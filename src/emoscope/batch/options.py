"""What can be chosen when files are labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from emoscope.errors import DataError, listing
from emoscope.io.formats import Format
from emoscope.io.read_options import Quoting, ReadOptions, check_choice

ProbabilityStyle = Literal["object", "wide", "none"]


@dataclass(frozen=True)
class LabelOptions:
    """How to read texts, what to add to them, and what to do about an earlier job."""

    text: str | None = None
    """Column with the texts; without it the one called text, or the only one that holds prose."""
    input_format: Format | None = None
    """Format of all inputs, where their names do not tell it."""
    output_format: Format | None = None
    """Format on standard output; a file's name gives its own."""
    delimiter: str | None = None
    """What separates the fields of CSV input; without it, found in the first rows."""
    quoting: Quoting | None = None
    """How fields of CSV input are quoted; without it, found in the first rows."""
    header: bool | None = None
    """Whether the first row of CSV input names the columns; without it, found in the first rows."""
    probabilities: ProbabilityStyle = "object"
    """``object``: one column that holds them all; ``wide``: one column a label; or ``none``."""
    rollups: tuple[str, ...] = ()
    """Roll-ups to answer in as well, as ``ekman``."""
    prefix: str = ""
    """Goes before the name of every added column."""
    escape_formulas: bool = False
    """CSV and TSV output: put an apostrophe before cells that a spreadsheet would execute."""
    strict: bool = False
    """Stop at the first row that cannot be read instead of marking it."""
    overwrite: bool = False
    """Replace an output file that exists."""
    restart: bool = False
    """Discard the rows of an interrupted job instead of resuming it."""
    chunk_rows: int = 2048
    """Rows that are read, scored and written together; memory grows with it."""

    def __post_init__(self) -> None:
        """Refuse values that cannot be; the types are for programs, the messages for people."""
        check_choice("output_format", self.output_format, get_args(Format))
        if self.probabilities not in get_args(ProbabilityStyle):
            known = listing(get_args(ProbabilityStyle))
            raise DataError(f"probabilities is {self.probabilities!r}; it must be one of: {known}.")
        _ = self.reading

    @property
    def reading(self) -> ReadOptions:
        """Those of the reader."""
        return ReadOptions(
            self.input_format, self.delimiter, self.quoting, self.header, self.chunk_rows
        )

    def shaping(self) -> dict[str, Any]:
        """Those that decide the bytes of the output, as plain data for the journal."""
        return {
            "text": self.text,
            "input_format": self.input_format,
            "delimiter": self.delimiter,
            "quoting": self.quoting,
            "header": self.header,
            "probabilities": self.probabilities,
            "rollups": list(self.rollups),
            "prefix": self.prefix,
            "escape_formulas": self.escape_formulas,
            "chunk_rows": self.chunk_rows,
        }

"""What can be chosen when files are labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

from emoscope.inference.added_columns import ProbabilityStyle, check_style
from emoscope.io.formats import Format
from emoscope.io.read_options import ReadOptions, check_choice

_SHAPING = (
    "text", "input_format", "delimiter", "quoting", "header", "probabilities", "rollups", "prefix",
    "escape_formulas", "chunk_rows",
)  # fmt: skip


@dataclass(frozen=True)
class LabelOptions(ReadOptions):
    """How to read texts, what to add to them, and what to do about an earlier job."""

    text: str | None = None
    """Column with the texts; without it the one called text, or the only one that holds prose."""
    output_format: Format | None = None
    """Format on standard output; a file's name gives its own."""
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

    def __post_init__(self) -> None:
        """Refuse values that cannot be; the types are for programs, the messages for people."""
        check_choice("output_format", self.output_format, get_args(Format))
        check_style(self.probabilities)
        super().__post_init__()

    def shaping(self) -> dict[str, Any]:
        """Those that decide the bytes of the output, as plain data for the journal."""
        shaping = {name: getattr(self, name) for name in _SHAPING}
        return shaping | {"rollups": list(self.rollups)}

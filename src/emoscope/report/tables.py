"""Tables as values, and how they become CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emoscope.report.formatting import number

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns."""

    name: str
    """Stem of the CSV file."""
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()

    @classmethod
    def of(cls, name: str, title: str, records: Sequence[Mapping[str, Cell]]) -> Table:
        """A table of ``records``, at least one, whose keys are the columns."""
        columns = tuple(records[0])
        return cls(name, title, columns, tuple(tuple(each[c] for c in columns) for each in records))

    def to_csv(self) -> str:
        """CSV text with a header; what is not defined is empty."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_csv_cell(cell) for cell in row] for row in self.rows)
        return text.getvalue()

    def save(self, folder: Path) -> Path:
        """Write ``<name>.csv`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.csv"
        path.write_text(self.to_csv(), encoding="utf-8", newline="")
        return path


def shown(cell: Cell) -> str:
    """A cell as a person reads it: three decimals, thousands parted, a dash for nothing."""
    if isinstance(cell, bool) or cell is None:
        return "–" if cell is None else "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return number(cell)
    return cell


def _csv_cell(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    return f"{cell:.6f}" if isinstance(cell, float) else str(cell)

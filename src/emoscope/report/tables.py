"""Tables as values, and how they become CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emoscope.metrics.formatting import csv_text, number

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
        return csv_text(self.columns, self.rows)

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

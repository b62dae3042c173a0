"""How numbers and names are written in sentences and cells, the same everywhere."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence


def number(value: float | None, digits: int = 3) -> str:
    """``0.4811`` as ``0.481``; what is not defined is a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.{digits}f}"


def signed(value: float, digits: int = 3) -> str:
    """A difference with its sign, a real minus included; a rounded zero has none, NaN is a dash."""
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0.0:
        return text
    return ("+" if value > 0 else "−") + text


def interval(low: float, high: float, digits: int = 3) -> str:
    """``0.459 to 0.500``."""
    return f"{number(low, digits)} to {number(high, digits)}"


def percent(share: float) -> str:
    """``0.0734`` as ``7.3 %``."""
    return f"{100.0 * share:.1f} %" if math.isfinite(share) else "–"


def count(n: int, one: str, many: str | None = None) -> str:
    """``1 text``, ``5,427 texts``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def joined(names: Sequence[str], limit: int = 6) -> str:
    """``a, b and c``; beyond ``limit`` the number of the others."""
    shown = list(names[:limit])
    if len(names) > limit:
        return f"{', '.join(shown)} and {len(names) - limit} more"
    if len(shown) < 2:
        return "".join(shown) or "none"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def csv_text(columns: Iterable[str], rows: Iterable[Iterable[str | int | float | None]]) -> str:
    """CSV with a header; numbers have six digits, what is not defined is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(_csv_cell, row) for row in rows)
    return text.getvalue()


def _csv_cell(cell: str | int | float | None) -> str:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    return f"{cell:.6f}" if isinstance(cell, float) else str(cell)

"""Cells that a spreadsheet program would execute (CSV injection)."""

from __future__ import annotations

_FIRST = ("=", "+", "-", "@", "\t", "\r")
"""First characters that OWASP names for CSV injection."""


def without_formula(cell: str) -> str:
    """``cell`` with an apostrophe in front if a spreadsheet would take it for a formula."""
    return "'" + cell if cell.startswith(_FIRST) else cell

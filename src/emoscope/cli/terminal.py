"""What all verbs share of writing to a terminal: errors, progress lines, tables, bars."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

from emoscope.errors import EmoscopeError


def fail(error: EmoscopeError) -> int:
    """Print an error as one paragraph on standard error; return the exit code."""
    sys.stderr.write(f"emoscope: {error}\n")
    return error.exit_code


def narrator(stream: TextIO = sys.stderr) -> Callable[[str], None]:
    """Return a function that tells one line of progress, and says nothing in a pipe."""
    if not stream.isatty():
        return lambda line: None
    return lambda line: print(line, file=stream, flush=True)


def tell(line: str) -> None:
    """Print a line that matters in a pipe too, on standard error."""
    sys.stderr.write(line + "\n")


def show(text: str) -> None:
    """Print a result on standard output."""
    sys.stdout.write(text + "\n")


def show_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    title: str | None = None,
    *,
    numbers: bool = True,
) -> None:
    """Print a table; all columns after the first are right aligned when they hold numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i and numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # Text: brackets in labels are no markup
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


def plain_json(data: Any) -> str:
    """JSON of one line, non-ASCII text as it is."""
    import json

    return json.dumps(data, ensure_ascii=False)

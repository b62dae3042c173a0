"""What all verbs share of writing to a terminal: errors, progress lines, tables, bars."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

from emoscope.errors import EmoscopeError


def fail(error: EmoscopeError) -> int:
    """Print an error as one paragraph on standard error; return the exit code."""
    sys.stderr.write(f"emoscope: {printable(str(error))}\n")
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


def printable(text: str) -> str:
    r"""Text that a terminal shows and does not obey.

    Control characters but for line breaks and tabs, directions of writing, and lone surrogates,
    which no encoding has, become escapes such as ``\x1b``.
    """
    return _UNPRINTABLE.sub(lambda found: ascii(found.group())[1:-1], text)


_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


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
        # Text: brackets in labels are no markup
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


def plain_json(data: Any) -> str:
    """JSON of one line, non-ASCII text as it is."""
    import json

    return json.dumps(data, ensure_ascii=False)

"""Writing to a terminal: errors, progress lines, tables."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TextIO

from emoscope.errors import EmoscopeError

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters but tab and line feed, what turns the direction of writing, surrogates."""


def printable(text: str) -> str:
    r"""Text whose control characters a terminal does not execute: they become ``\u001b``.

    Labels, column names, texts and messages come from untrusted files. In JSON, whose strings
    hold such escapes anyway, the value stays the same.
    """
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def fail(error: EmoscopeError) -> int:
    """Print an error as one paragraph on standard error; return the exit code."""
    sys.stderr.write(printable(f"emoscope: {error}\n"))
    return error.exit_code


def narrator(stream: TextIO | None = None) -> Callable[[str], None]:
    """Return a function that tells one line of progress, and says nothing in a pipe.

    It writes to ``stream``, the present standard error without one.
    """
    out = stream or sys.stderr
    if not out.isatty():
        return lambda line: None
    return lambda line: print(printable(line), file=out, flush=True)


def tell(line: str) -> None:
    """Print a line that matters in a pipe too, on standard error."""
    sys.stderr.write(printable(line) + "\n")


def show(text: str) -> None:
    """Print a result on standard output, as it is when that is no terminal."""
    sys.stdout.write((printable(text) if sys.stdout.isatty() else text) + "\n")


def show_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    title: str | None = None,
    *,
    numbers: bool = True,
) -> None:
    """Print a table; all columns after the first are right aligned when they hold numbers."""
    from rich.box import SIMPLE_HEAD  # deferred: start-up
    from rich.console import Console  # deferred: start-up
    from rich.table import Table  # deferred: start-up
    from rich.text import Text  # deferred: start-up

    def cell(text: str) -> Text:  # not a string: brackets in labels are no markup
        return Text(printable(text))

    name = None if title is None else cell(title)
    table = Table(title=name, box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for i, column in enumerate(columns):
        side: Literal["left", "right"] = "right" if i and numbers else "left"
        table.add_column(cell(column), justify=side, overflow="fold")
    for row in rows:
        table.add_row(*map(cell, row))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


def plain_json(data: Any) -> str:
    """JSON of one line, non-ASCII text as it is."""
    return json.dumps(data, ensure_ascii=False)

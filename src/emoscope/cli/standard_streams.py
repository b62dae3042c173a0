"""Standard input, output and error as every command finds them: open, and UTF-8."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn

_READER_GONE = 141
"""What a shell reports of a program that died from writing to a closed pipe (128 + SIGPIPE)."""


def prepare_streams() -> None:
    """Replace streams that are closed (``<&-``, ``>&-``, ``2>&-``), and set UTF-8 on all.

    A closed stream's number would otherwise go to the next file that is opened, and messages would
    be written into it. In its place comes a device that refuses: reading a closed standard input
    or writing a closed standard output is an error, since results would be lost. Messages for a
    closed standard error have nowhere to go.
    """
    if sys.stdin is None:
        sys.stdin = _null_device(os.O_WRONLY, "r")
    if sys.stdout is None:
        sys.stdout = _null_device(os.O_RDONLY, "w")
    if sys.stderr is None:
        sys.stderr = _null_device(os.O_RDWR, "w")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            errors = "replace" if stream is sys.stdin else "backslashreplace"
            stream.reconfigure(encoding="utf-8", errors=errors)


def leave_quietly() -> NoReturn:
    """End the process as Unix tools end when the reader of their output, as ``head``, has left."""
    discard_output()
    sys.exit(_READER_GONE)


def discard_output() -> None:
    """Make the flush at exit succeed after writing has failed; it would print a traceback."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(null, stream.fileno())


def _null_device(flags: int, mode: str) -> io.TextIOWrapper:
    # The lowest free number: that of the closed stream, as the three are opened in their order.
    stream = os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        raise TypeError(mode)
    return stream

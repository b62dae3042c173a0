"""Logs as lines of JSON that never hold a text.

Messages of exceptions are left out: a model or a tokenizer may quote in them what it was given.
Their type and the place in the code are what a maintainer needs.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

LOGGER = logging.getLogger("emoscope.serve")

_ERRORS_SHOWN = 5


class JsonFormatter(logging.Formatter):
    """One line of JSON a record: time, level, logger, event, and the record's ``fields``."""

    def format(self, record: logging.LogRecord) -> str:
        """Only the first line of a message is kept; asyncio's second line quotes exceptions."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage().partition("\n")[0],
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["errors"] = describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def describe(error: BaseException) -> list[dict[str, Any]]:
    """An exception and its causes, the outermost first: types and places, no messages."""
    found: list[dict[str, Any]] = []
    each: BaseException | None = error
    while each is not None and len(found) < _ERRORS_SHOWN:
        found.append({"type": type(each).__qualname__, "at": _places(each.__traceback__)})
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return found


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-8:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Send the records of the service, of uvicorn and of asyncio to ``stream`` as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name in ("emoscope", "uvicorn", "uvicorn.error", "asyncio", "fastapi", "concurrent"):
        logger = logging.getLogger(name)
        logger.handlers = [] if name == "uvicorn.error" else [handler]  # it passes to "uvicorn"
        logger.propagate = name == "uvicorn.error"
        logger.setLevel(level.upper())
    # uvicorn's own line for a request holds the query string, which may hold a text
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate, access.disabled = [], False, True

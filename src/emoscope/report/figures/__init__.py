"""One figure a file: ``draw`` makes it from arrays, ``describe`` says in words what it shows."""

from __future__ import annotations

from emoscope.errors import MissingExtra

try:
    import matplotlib  # noqa: F401  (every figure needs it; checked once)
except ImportError as error:
    raise MissingExtra("report", "Drawing figures") from error

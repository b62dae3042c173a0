"""Search: trials of a recipe with other values of its keys, judged on validation alone.

Optuna draws the values, ends hopeless trials and keeps the study; nothing here does it again.
"""

from __future__ import annotations

from emoscope.errors import MissingExtra

try:
    import optuna  # noqa: F401
except ImportError as error:
    raise MissingExtra("tune", "Searching") from error

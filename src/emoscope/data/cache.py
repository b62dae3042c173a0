"""The local cache folder of emoscope."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "EMOSCOPE_CACHE"


def cache_folder() -> Path:
    """Where downloads are kept: ``EMOSCOPE_CACHE``, else the platform's place for caches.

    The folder may not exist yet.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return (Path(base) if base else Path.home() / "AppData" / "Local") / "emoscope" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "emoscope"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "emoscope"

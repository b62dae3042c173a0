"""Nothing here can be tested without the extra."""

from __future__ import annotations

import importlib.util

if not all(importlib.util.find_spec(name) for name in ("matplotlib", "jinja2")):
    collect_ignore_glob = ["*"]

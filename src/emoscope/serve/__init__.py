"""The HTTP service: an API, a page, and the queue that joins requests into batches."""

from __future__ import annotations

from emoscope.errors import MissingExtra

try:
    import fastapi  # noqa: F401
    import prometheus_client  # noqa: F401
    import uvicorn  # noqa: F401
except ImportError as error:
    raise MissingExtra("serve", "The service") from error

from emoscope.serve.app import create_app
from emoscope.serve.server import run
from emoscope.serve.settings import ServeSettings, read_settings

__all__ = ["ServeSettings", "create_app", "read_settings", "run"]

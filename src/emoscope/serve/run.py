"""Running the service until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from emoscope.loading import load
from emoscope.serve.app import create_app
from emoscope.serve.logs import LOGGER, configure_logging
from emoscope.serve.settings import ServeSettings

if TYPE_CHECKING:
    from fastapi import FastAPI


def run(settings: ServeSettings, say: Callable[[str], None] = lambda line: None) -> None:
    """Load the model and serve it until SIGTERM or SIGINT, then finish what was taken.

    ``say`` is told the address. Raises the errors of :func:`emoscope.load`.
    """
    configure_logging(settings.log_level)
    LOGGER.info("settings", extra={"fields": {"settings": settings.shown()}})
    app = create_app(load(settings.model), settings)
    say(f"Serving on http://{settings.host}:{settings.port} (Ctrl-C stops)")
    serve_app(app, settings)


def serve_app(app: FastAPI, settings: ServeSettings) -> None:
    """Serve ``app`` on the address of ``settings``, in one process."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
        )
    )
    # uvicorn repeats the signal once it has closed; being asked to stop is no failure of ours
    before = signal.signal(signal.SIGTERM, lambda number, frame: None)
    try:
        server.run()
    finally:
        signal.signal(signal.SIGTERM, before)

"""Running the service until a signal stops it."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from emoscope.errors import ServiceError
from emoscope.loading.load_model import load_with
from emoscope.serve.app import create_app
from emoscope.serve.connections import make_server
from emoscope.serve.logs import LOGGER, configure_logging
from emoscope.serve.settings import ServeSettings

if TYPE_CHECKING:
    from fastapi import FastAPI


def run(settings: ServeSettings, say: Callable[[str], None] = lambda line: None) -> None:
    """Load the model and serve it until SIGTERM or SIGINT; answer what arrived before, then end.

    ``say`` gets the address. Raises :class:`ServiceError` when the address cannot be had, and
    the errors of :func:`emoscope.load`.
    """
    configure_logging(settings.log_level)
    LOGGER.info("settings", extra={"fields": {"settings": settings.shown()}})
    listener = take_address(settings.host, settings.port)  # before the model: it fails faster
    try:
        app = create_app(load_with(settings.model, settings.runtime), settings)
        host, port = listener.getsockname()[:2]
        say(f"Serving on http://{f'[{host}]' if ':' in host else host}:{port} (Ctrl-C stops)")
        serve_app(app, settings, listener)
    finally:
        listener.close()


def take_address(host: str, port: int) -> socket.socket:
    """A socket bound to the address, not yet listening; raises :class:`ServiceError`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        if os.name == "posix":  # elsewhere it would let two services share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise ServiceError(
            f"Cannot listen on {host}, port {port}: {error.strerror or error}. "
            "Choose another with --host and --port."
        ) from None
    return listener


def serve_app(app: FastAPI, settings: ServeSettings, listener: socket.socket) -> None:
    """Serve ``app`` on ``listener``, in this process and thread, until a signal."""
    server = make_server(app, settings)
    # uvicorn repeats the signal once it has closed; being asked to stop is no failure
    before = signal.signal(signal.SIGTERM, lambda number, frame: None)
    try:
        server.run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, before)

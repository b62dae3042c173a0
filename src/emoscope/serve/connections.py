"""HTTP connections: their deadlines, their number, and their end; uvicorn has no options for these.

uvicorn waits without a limit for the headers of a request and for the rest of a refused body,
parses up to 256 KiB of one connection at once, at a signal closes idle connections on which
requests are on their way, and does nothing when the process runs out of file descriptors.
"""

from __future__ import annotations

import asyncio
import errno
import math
import socket
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from emoscope.serve.error_responses import error_response
from emoscope.serve.logs import LOGGER
from emoscope.serve.settings import ServeSettings

with suppress(ImportError):  # Windows has no such limit
    import resource

_READ_BYTES = 4_096
"""Most bytes of a connection that are parsed before the others have their turn."""
_MOST_BODY_PIECES = 10_000
"""Pieces (HTTP chunks, or packets) in which a body may come; parsing one takes 13 microseconds."""
_UNREAD_BODY_SECONDS = 2.0
"""Time a client has to send the rest of a body that is not read, so that it can read the answer: a
connection that is closed while data arrives is reset, and the answer lost."""
_LAST_REQUEST_SECONDS = 1
"""Time idle connections stay open after the signal to stop, for requests already on their way."""
_LOG_SECONDS = 60.0
"""Time between two log lines about too many connections."""
_MOST_HEADER_BYTES = 16_384
_MOST_CONNECTIONS = 8_192
_OTHER_FILES = 64
"""File descriptors for everything but connections: the model, libraries, the log."""
_ACCEPTED_AT_ONCE = 16
"""Connections that are accepted before those that are too many are closed."""
_WAITING_CONNECTIONS = 2_048
"""Connections that may wait in the operating system to be accepted."""
_CLOSE = (b"connection", b"close")


class ConnectionLimits:
    """What the connections of one server may do, and how many there may be."""

    def __init__(self, most: int, header_seconds: float) -> None:
        self.header_seconds = header_seconds
        self._most = most
        self._logged = -math.inf

    def enforce(self, connections: Collection[Connection], *, at_least: int = 0) -> None:
        """Close those of ``connections`` that are too many: whose client was silent the longest.

        ``at_least`` so many are closed, where so many wait for their client.
        """
        surplus = max(at_least, len(connections) - self._most)
        if surplus <= 0:
            return
        now = time.monotonic()
        if now - self._logged >= _LOG_SECONDS:
            self._logged = now
            fields = {"connections": len(connections), "limit": self._most}
            event = "too many connections: those that were silent the longest are closed"
            LOGGER.warning(event, extra={"fields": fields})
        waiting = [each for each in connections if each.waits_for_client]
        for each in sorted(waiting, key=lambda each: each.last_active)[:surplus]:
            each.abort()


class Connection(H11Protocol, asyncio.BufferedProtocol):
    """One connection. A buffered protocol states itself how much is read at a time."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: Any,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = _BoundedPieces(h11.SERVER, _MOST_HEADER_BYTES)
        self.last_active = time.monotonic()
        self._limits = limits
        self._inner = self.app
        self.app = self._respond
        self._buffer = bytearray(_READ_BYTES)
        self._header_deadline: asyncio.TimerHandle | None = None
        self._is_stopping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the deadline for the first request."""
        super().connection_made(transport)
        self._watch_headers()
        self._limits.enforce(self.connections)  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadlines."""
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self._unset_header_deadline()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where the next bytes are to be written."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what arrived."""
        self.data_received(bytes(self._buffer[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Parse ``data``; a request that has begun has a deadline for its headers."""
        self.last_active = time.monotonic()
        super().data_received(data)
        self._watch_headers()

    @property
    def waits_for_client(self) -> bool:
        """Whether nothing is to be done until the client sends or reads more."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body:
            return True
        return self.flow.write_paused

    def abort(self) -> None:
        """Close at once, without what the client has not read."""
        self.connections.discard(self)  # it no longer counts, though it ends a moment later
        self.transport.abort()

    def shutdown(self) -> None:
        """Answer what is in progress and what is on its way, then close; uvicorn calls it."""
        self._is_stopping = True
        self.timeout_keep_alive = min(self.timeout_keep_alive, _LAST_REQUEST_SECONDS)
        if self.cycle is None or self.cycle.response_complete:
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, with what its client does not read."""
        super().timeout_keep_alive_handler()
        if self.transport.get_write_buffer_size():
            self.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the form of the other errors, and close the connection."""
        if isinstance(self.conn, _BoundedPieces) and self.conn.pieces > _MOST_BODY_PIECES:
            pieces = f"more than {_MOST_BODY_PIECES:,} pieces"
            self._refuse(413, f"The body comes in {pieces}. Send it in larger ones.")
        else:
            self._refuse(400, "The request is not valid HTTP/1.1.")

    def _refuse(self, status: int, message: str) -> None:
        """Answer what does not reach the application, and close the connection."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.abort()  # an answer has begun
            return
        answer = error_response(status, message, headers={"Connection": "close"})
        for event in (
            h11.Response(status_code=status, headers=answer.raw_headers),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _watch_headers(self) -> None:
        """Have a deadline exactly while the headers of a request are not complete."""
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._unset_header_deadline()
        elif self._header_deadline is None:
            seconds = self._limits.header_seconds
            self._header_deadline = self.loop.call_later(seconds, self._refuse_slow_headers)

    def _unset_header_deadline(self) -> None:
        if self._header_deadline is not None:
            self._header_deadline.cancel()
            self._header_deadline = None

    def _refuse_slow_headers(self) -> None:
        if self.conn.trailing_data[0]:
            seconds = self._limits.header_seconds
            self._refuse(408, f"The headers did not arrive within {seconds:g} seconds.")
        else:
            self.transport.close()

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application, with an end of the connection that loses no answer."""
        cycle = self.cycle

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and self._is_stopping:
                message = {**message, "headers": [*message.get("headers", ()), _CLOSE]}
            elif _is_last(message) and cycle.more_body and not cycle.disconnected:
                await send({**message, "more_body": True})
                if not await _discard_body(cycle, receive):
                    cycle.keep_alive = False
                message = {"type": "http.response.body"}
            await send(message)

        await self._inner(scope, receive, send_on)


class _BoundedPieces(h11.Connection):
    """Parses HTTP; refuses a body that costs more to parse than its bytes tell."""

    pieces = 0

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request):
            self.pieces = 0
        elif isinstance(event, h11.Data):
            self.pieces += 1
            if self.pieces > _MOST_BODY_PIECES:
                raise h11.RemoteProtocolError("too many pieces", error_status_hint=413)
        return event


def _is_last(message: Message) -> bool:
    return message["type"] == "http.response.body" and not message.get("more_body", False)


async def _discard_body(cycle: RequestResponseCycle, receive: Receive) -> bool:
    """Read what is left of a body; False when it did not come."""
    if (b"expect", b"100-continue") in cycle.scope["headers"]:
        return False  # its client was never asked to send the body
    ends = time.monotonic() + _UNREAD_BODY_SECONDS
    while cycle.more_body and not cycle.disconnected:
        try:
            await asyncio.wait_for(receive(), max(0.0, ends - time.monotonic()))
        except asyncio.TimeoutError:
            return False
    return not cycle.more_body


class Server(uvicorn.Server):
    """uvicorn's server; no request is lost when it stops."""

    def __init__(self, config: uvicorn.Config, limits: ConnectionLimits) -> None:
        super().__init__(config)
        self._limits = limits

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept connections."""
        asyncio.get_running_loop().set_exception_handler(self._handle_exception)
        await super().startup(sockets)
        for listener in sockets or ():  # the event loop has set it to what it accepts at once
            listener.listen(_WAITING_CONNECTIONS)

    def _handle_exception(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            # reported for each connection that could not be accepted; the loop tries again
            self._limits.enforce(self.server_state.connections, at_least=1)  # type: ignore[arg-type]
        else:
            loop.default_exception_handler(context)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept the connections that clients have opened already, then stop."""
        accepted = [client for listener in sockets or () for client in _accept_all(listener)]
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for client in accepted:
            await loop.connect_accepted_socket(self._new_connection, client)
        await super().shutdown(sockets)

    def _new_connection(self) -> asyncio.BaseProtocol:
        make: Callable[..., asyncio.BaseProtocol] = self.config.http_protocol_class
        return make(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _accept_all(listener: socket.socket) -> list[socket.socket]:
    """Connections that clients have opened and the event loop has not accepted yet."""
    found: list[socket.socket] = []
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # none is left, or no file descriptor
            return found
        client.setblocking(False)
        found.append(client)


def make_server(app: ASGIApp, settings: ServeSettings) -> Server:
    """A server for ``app``, to be run with the sockets it listens on."""
    limits = ConnectionLimits(_most_connections(), settings.header_seconds)
    config = uvicorn.Config(
        app,
        http=partial(Connection, limits=limits),  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        backlog=_ACCEPTED_AT_ONCE,
        timeout_keep_alive=settings.idle_seconds,  # type: ignore[arg-type]  # fractions work
        timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
    )
    return Server(config, limits)


def _most_connections() -> int:
    """Connections that leave some of the process's file descriptors for everything else."""
    if sys.platform == "win32":
        return _MOST_CONNECTIONS
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return _MOST_CONNECTIONS
    return min(_MOST_CONNECTIONS, max(allowed // 4, allowed - _OTHER_FILES))

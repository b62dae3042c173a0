"""The middleware around the application: host, key, limits, request id, metrics, log line.

Written against ASGI itself: it runs for each request, and stacked middleware classes would cost
more than the routing does.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import time
import uuid
from typing import Any

from fastapi import Response
from pydantic import SecretStr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emoscope.errors import EmoscopeError, Overloaded, RequestRefused
from emoscope.serve.error_responses import error_response, from_error, internal_error
from emoscope.serve.hosts import AllowedHosts
from emoscope.serve.logs import LOGGER
from emoscope.serve.request_batching import MicroBatcher
from emoscope.serve.request_body import check_content_type, too_long
from emoscope.serve.settings import ServeSettings
from emoscope.serve.static_files import page_files
from emoscope.serve.telemetry import Telemetry

PUBLIC = frozenset({"/health", "/ready", *page_files()})
"""Paths that need no key when read; the page has no data of its own."""

SCORING = frozenset({"/", "/predict", "/invocations", "/v1/emotions", "/v1/explain"})
"""Paths that take texts when posted to."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestMiddleware:
    """ASGI middleware around the application."""

    def __init__(
        self,
        app: ASGIApp,
        settings: ServeSettings,
        batcher: MicroBatcher,
        telemetry: Telemetry,
    ) -> None:
        self._app = app
        self._settings = settings
        self._batcher = batcher
        self._telemetry = telemetry
        self._key = _digest_of(settings.api_key)
        self._allowed_hosts = AllowedHosts(settings)
        self._in_progress = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on or refuse it, then count and log it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id.decode()
        # HEAD is answered as GET; the server has a scope of its own, and the body is dropped here
        method = scope["method"]
        inner = {**scope, "method": "GET"} if method == "HEAD" else scope
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).extend(
                    [(b"x-request-id", request_id), (b"x-content-type-options", b"nosniff")]
                )
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        failure: BaseException | None = None
        self._in_progress += 1
        try:
            refused = self._refused(scope, headers)
            if refused is None:
                await self._app(inner, receive, send_on)
            else:
                await refused(inner, receive, send_on)
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  a fault of ours; panics are no Exception
            failure = error
            if not status:
                await internal_error(request_id.decode())(inner, receive, send_on)
        finally:
            self._in_progress -= 1
            self._note(inner, method, status, time.perf_counter() - started, failure)

    def _refused(self, scope: Scope, headers: dict[bytes, bytes]) -> Response | None:
        """The refusal of a request for its head alone, or None."""
        if b"transfer-encoding" in headers and b"content-length" in headers:
            # two servers that disagree about where a request ends see different requests
            message = "A request has Content-Length or Transfer-Encoding, not both."
            return error_response(400, message, headers={"Connection": "close"})
        host = headers.get(b"host")
        if host is not None and host not in self._allowed_hosts:
            return error_response(
                421,
                f"This service is not called {host[:80].decode('latin-1')!r}. If it is to answer "
                "under that name, start it with --allowed-hosts or EMOSCOPE_ALLOWED_HOSTS.",
            )
        reads = scope["method"] in ("GET", "HEAD")
        if reads and scope["path"] in PUBLIC:
            return None
        if self._key is not None and not self._has_key(headers):
            challenge = {"WWW-Authenticate": 'Bearer realm="emoscope"'}
            message = "This service asks for a key. Send it as Authorization: Bearer KEY."
            return error_response(401, message, "Unauthorized", challenge)
        if scope["method"] != "POST" or scope["path"] not in SCORING:
            return None
        try:
            self._check(headers)
        except EmoscopeError as error:
            return from_error(error)
        return None

    def _check(self, headers: dict[bytes, bytes]) -> None:
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > 18:
            raise RequestRefused(400, "The header Content-Length is no number.")
        if int(length) > self._settings.max_body_bytes:
            raise too_long(self._settings.max_body_bytes)
        check_content_type(
            _text(headers.get(b"content-type")), _text(headers.get(b"content-encoding"))
        )
        self._batcher.check_room()
        if self._in_progress > self._settings.max_requests:
            raise Overloaded(
                f"The service is overloaded: {self._in_progress} requests are in progress. "
                "Ask again after the time in Retry-After.",
                self._batcher.retry_after(),
            )

    def _has_key(self, headers: dict[bytes, bytes]) -> bool:
        given = headers.get(b"x-api-key")
        if given is None:
            scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
            given = token.strip() if scheme.lower() == b"bearer" else b""
        # digests have one length: the time of the comparison depends on no property of the key
        return hmac.compare_digest(hashlib.sha256(given).digest(), self._key or b"")

    def _note(
        self, scope: Scope, method: str, status: int, seconds: float, failure: BaseException | None
    ) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self._telemetry.count_request(route, method, status, seconds)
        level = logging.ERROR if failure or status >= 500 else logging.INFO
        if not LOGGER.isEnabledFor(level):
            return
        fields: dict[str, Any] = {
            "request_id": scope["state"]["request_id"],
            "method": method[:16],
            "route": route,  # never the path itself, which may hold a text
            "status": status,
            "milliseconds": round(1000 * seconds, 2),
        }
        cause = failure or scope["state"].get("failure")
        LOGGER.log(level, "request", extra={"fields": fields}, exc_info=cause)


def _digest_of(key: SecretStr | None) -> bytes | None:
    return None if key is None else hashlib.sha256(key.get_secret_value().encode()).digest()


def _request_id(headers: dict[bytes, bytes]) -> bytes:
    given = headers.get(b"x-request-id", b"")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex.encode()


def _text(header: bytes | None) -> str | None:
    return None if header is None else header.decode("latin-1")

"""Errors as HTTP responses, in the shape of text-embeddings-inference: error and error_type."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Response
from starlette.exceptions import HTTPException

from emoscope.errors import (
    AnswerTooLate,
    EmoscopeError,
    Overloaded,
    RequestRefused,
)

CLIENT_LEFT = 499
"""Status, after nginx, of a request whose client has left; it is logged, and not sent."""

_CLOSING = frozenset({408, 413, 415, 421})
"""Statuses after which the connection is closed: the client may go on to send what is not read."""


def json_response(
    content: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Plain data as a JSON response."""
    body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(body.encode("utf-8"), status, headers, media_type="application/json")


def error_response(
    status: int, message: str, kind: str = "Validation", headers: dict[str, str] | None = None
) -> Response:
    """A message and its kind as a JSON response."""
    if status in _CLOSING:
        headers = {**(headers or {}), "Connection": "close"}
    return json_response({"error": message, "error_type": kind}, status, headers)


def from_error(error: EmoscopeError) -> Response:
    """The response to an error of emoscope's own."""
    if isinstance(error, RequestRefused):
        return error_response(error.status, str(error))
    if isinstance(error, Overloaded):
        wait = {"Retry-After": str(error.retry_after)}
        if error.closing:
            return error_response(503, str(error), "Unhealthy", wait)
        return error_response(429, str(error), "Overloaded", wait)
    if isinstance(error, AnswerTooLate):
        status = CLIENT_LEFT if error.client_left else 503
        return error_response(status, str(error), "Overloaded", {"Retry-After": "1"})
    return error_response(422, str(error))


def internal_error(request_id: str) -> Response:
    """The response to a fault of the service or its model; the log has more."""
    message = f"The service failed on this request. Its log says more at request_id {request_id}."
    return error_response(500, message, "Backend")


def from_http_exception(error: HTTPException) -> Response:
    """The response to what the router refuses: unknown paths and methods."""
    headers = dict(error.headers or {})
    if error.status_code == 404:
        message = "There is nothing at this path. The paths are listed in /openapi.json."
        return error_response(404, message, "NotFound", headers)
    if error.status_code == 405:
        allowed = headers.get("Allow") or headers.get("allow") or "others"
        if "GET" in allowed:
            headers["Allow"] = allowed = f"{allowed}, HEAD"
        message = f"This path does not take this method, only {allowed}."
        return error_response(405, message, "Validation", headers)
    return error_response(error.status_code, str(error.detail), "Validation", headers)

"""Errors as HTTP answers, in the shape of text-embeddings-inference: error and error_type."""

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
    ScoringFailed,
)

CLIENT_LEFT = 499
"""Status, after nginx, of a request whose client did not wait; it is logged, nobody reads it."""


def answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Plain data as a JSON answer."""
    body = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(body.encode("utf-8"), status, headers, media_type="application/json")


def refusal(
    status: int, message: str, kind: str = "Validation", headers: dict[str, str] | None = None
) -> Response:
    """An error answer."""
    return answer({"error": message, "error_type": kind}, status, headers)


def of_error(error: EmoscopeError) -> Response:
    """The answer for an error of ours."""
    if isinstance(error, RequestRefused):
        return refusal(error.status, str(error))
    if isinstance(error, Overloaded):
        wait = {"Retry-After": str(error.retry_after)}
        if error.closing:
            return refusal(503, str(error), "Unhealthy", wait)
        return refusal(429, str(error), "Overloaded", wait)
    if isinstance(error, AnswerTooLate):
        status = CLIENT_LEFT if error.client_left else 503
        return refusal(status, str(error), "Overloaded", {"Retry-After": "1"})
    if isinstance(error, ScoringFailed):
        return refusal(500, str(error), "Backend")
    return refusal(422, str(error))


def of_http(error: HTTPException) -> Response:
    """The answer for what the router refuses: unknown paths and methods."""
    headers = dict(error.headers or {})
    if error.status_code == 404:
        message = "There is nothing at this path. The paths are listed in /openapi.json."
        return refusal(404, message, "NotFound", headers)
    if error.status_code == 405:
        message = f"This path does not take this method, only {headers.get('Allow', 'others')}."
        return refusal(405, message, "Validation", headers)
    return refusal(error.status_code, str(error.detail), "Validation", headers)

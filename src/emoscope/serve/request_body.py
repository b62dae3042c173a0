"""Reading a request's body: bounded in size and time, then strictly as JSON."""

from __future__ import annotations

import codecs
import json
from typing import Any, NoReturn

import anyio
from fastapi import Request

from emoscope.errors import RequestRefused

_LONGEST_NUMBER = 32
"""Digits of a whole number in a request; no setting needs more than ten."""


async def read_body(request: Request, most_bytes: int, seconds: float) -> bytes:
    """The body of ``request``.

    Raises :class:`RequestRefused` with 413 as soon as it is too long, announced or not, with 408
    when it does not arrive in ``seconds``, and with 400 when the client leaves in its middle.
    """
    parts: list[bytes] = []
    length = 0
    try:
        with anyio.fail_after(seconds):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise RequestRefused(400, "The request ended before its body did.")
                part = message.get("body", b"")
                length += len(part)
                if length > most_bytes:
                    raise too_long(most_bytes)
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise RequestRefused(
            408, f"The request body did not arrive within {seconds:g} seconds. Send it at once."
        ) from None


def too_long(most_bytes: int) -> RequestRefused:
    """The refusal of a body over the limit."""
    return RequestRefused(
        413,
        f"The request body is over {most_bytes:,} bytes. Send the texts in several requests.",
    )


def check_content_type(content_type: str | None, content_encoding: str | None) -> None:
    """Raise :class:`RequestRefused` with 415 unless the body is plain JSON.

    A form or plain text is refused also because any web page may send those to any address
    without asking; JSON from another origin needs the browser's permission first.
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestRefused(
            415, "The body must be JSON. Send the header Content-Type: application/json."
        )
    if content_encoding and content_encoding.strip().lower() != "identity":
        raise RequestRefused(415, "Compressed bodies are not read. Send the JSON as it is.")


def parse_json(body: bytes) -> object:
    """The JSON value in ``body``.

    Stricter than :mod:`json`: no NaN or Infinity, no key twice in an object, no huge numbers, not
    nested without end. A byte order mark is skipped. Raises :class:`RequestRefused` with 400.
    """
    try:
        return json.loads(
            body.removeprefix(codecs.BOM_UTF8).decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_int=_parse_int,
            object_pairs_hook=_parse_object,
        )
    except UnicodeDecodeError as error:
        raise RequestRefused(
            400, f"The body is not UTF-8: byte {error.start} fits no character."
        ) from None
    except json.JSONDecodeError as error:
        raise RequestRefused(
            400, f"The body is not JSON: {error.msg} at character {error.pos}."
        ) from None
    except RecursionError:
        raise RequestRefused(400, "The JSON is nested too deeply.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise RequestRefused(400, f"The body is not JSON: {name} is no JSON number.")


def _parse_int(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise RequestRefused(400, f"A number in the body has {len(digits)} digits; too many.")
    return int(digits)


def _parse_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise RequestRefused(400, f"The key {key[:60]!r} stands twice in the same object.")
            seen.add(key)
    return found

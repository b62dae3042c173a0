from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import Request

from emoscope.errors import RequestRefused
from emoscope.serve.request_body import check_content_type, parse_json, read_body


def reading(messages: list[Any], most_bytes: int = 10, seconds: float = 1.0) -> tuple[bytes, int]:
    """Read a body that comes as ``messages``; the body, and how many messages were taken."""
    left = list(messages)

    async def receive() -> Any:
        if not left:
            await asyncio.sleep(10)
        return left.pop(0)

    request = Request({"type": "http", "headers": []}, receive)
    body = asyncio.run(read_body(request, most_bytes, seconds))
    return body, len(messages) - len(left)


def part(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_parts_are_joined() -> None:
    assert reading([part(b"abc", True), part(b"", True), part(b"de")]) == (b"abcde", 3)


def test_a_long_body_is_refused_before_all_of_it_came() -> None:
    endless = [part(b"x" * 8, True)] * 100
    with pytest.raises(RequestRefused, match="over 10 bytes") as refusal:
        reading(endless)
    assert refusal.value.status == 413


def test_a_slow_body_is_refused() -> None:
    with pytest.raises(RequestRefused, match=r"within 0\.02 seconds") as refusal:
        reading([part(b"x", True)], seconds=0.02)
    assert refusal.value.status == 408


def test_a_client_that_leaves_is_refused() -> None:
    with pytest.raises(RequestRefused):
        reading([part(b"x", True), {"type": "http.disconnect"}])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": "\x00"}', "not JSON"),  # a raw control character
        (b"\xff\xfe{}", "byte 0"),
        (b'{"a": "\xc3"}', "not UTF-8"),
        (b"[NaN]", "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": 1, "b": 2, "a": 3}', "'a' stands twice"),
        (b'{"x": {"b": 1, "b": 1}}', "'b' stands twice"),
        (b"1" * 5000, "5000 digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(RequestRefused, match=message) as refusal:
        parse_json(body)
    assert refusal.value.status == 400


def test_json_is_read() -> None:
    assert parse_json('{"a": [1, 2.5, "é", null]}'.encode()) == {"a": [1, 2.5, "é", None]}


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_many_keys_are_checked_in_one_pass() -> None:
    pairs = ",".join(f'"{i}":0' for i in range(50_000)) + ',"49999":0'
    with pytest.raises(RequestRefused, match="'49999'"):
        parse_json(f"{{{pairs}}}".encode())


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_announced(kind: str) -> None:
    check_content_type(kind, None)
    check_content_type(kind, "identity")


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [(None, None), ("text/plain", None), ("", None), ("application/json", "gzip"),
     ("application/x-www-form-urlencoded", None)],
)  # fmt: skip
def test_anything_else_is_415(kind: str | None, encoding: str | None) -> None:
    with pytest.raises(RequestRefused) as refusal:
        check_content_type(kind, encoding)
    assert refusal.value.status == 415

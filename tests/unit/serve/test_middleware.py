from __future__ import annotations

import hmac
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emoscope.inference.classifier import EmotionClassifier
from emoscope.serve.logs import configure_logging

KEY = "a-secret-key"
BODY = {"inputs": "joy"}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the service logs, all loggers put back afterwards."""
    names = ["emoscope", "uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "fastapi"]
    names.append("concurrent")
    loggers = [logging.getLogger(name) for name in names]
    before = [(x.handlers[:], x.level, x.propagate, x.disabled) for x in loggers]
    stream = io.StringIO()
    configure_logging("info", stream)
    yield stream
    for logger, (handlers, level, propagate, disabled) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate, logger.disabled = handlers, propagate, disabled
        logger.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@pytest.mark.parametrize(
    "headers",
    [{"authorization": f"Bearer {KEY}"}, {"authorization": f"bearer  {KEY}"}, {"x-api-key": KEY}],
)
def test_a_key_lets_in(make_client: Callable[..., Any], headers: dict[str, str]) -> None:
    assert make_client(api_key=KEY).post("/predict", json=BODY, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": KEY}, {"authorization": f"Basic {KEY}"}, {"x-api-key": KEY + "x"},
     {"x-api-key": ""}, {"authorization": "Bearer "}, {"x-api-key": KEY[:-1]}],
)  # fmt: skip
def test_no_key_or_a_wrong_one_is_401(
    make_client: Callable[..., Any], headers: dict[str, str]
) -> None:
    answer = make_client(api_key=KEY).post("/predict", json=BODY, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["error_type"] == "Unauthorized"


def test_keys_are_compared_in_constant_time(
    make_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    client = make_client(api_key=KEY)
    monkeypatch.setattr(hmac, "compare_digest", compare)
    client.post("/predict", json=BODY, headers={"x-api-key": "x"})
    assert compared == [(32, 32)]  # digests: not even the length shows


def test_what_needs_no_key(make_client: Callable[..., Any]) -> None:
    client = make_client(api_key=KEY)
    for path in ("/", "/style.css", "/main.js", "/health", "/ready"):
        assert client.get(path).status_code == 200, path
    for path in ("/v1/labels", "/metrics", "/openapi.json", "/nothing"):
        assert client.get(path).status_code == 401, path
    assert client.post("/", json=BODY).status_code == 401


def test_the_description_says_how_a_key_is_sent(make_client: Callable[..., Any]) -> None:
    description = make_client(api_key=KEY).get("/openapi.json", headers={"x-api-key": KEY}).json()
    assert set(description["components"]["securitySchemes"]) == {"bearer", "header"}
    assert description["security"] == [{"bearer": []}, {"header": []}]
    assert "security" not in make_client().get("/openapi.json").json()


def test_other_origins_are_refused_unless_named(make_client: Callable[..., Any]) -> None:
    ask = {
        "origin": "https://a.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,authorization",
    }
    closed = make_client()
    assert "access-control-allow-origin" not in closed.options("/predict", headers=ask).headers
    answer = closed.post("/predict", json=BODY, headers={"origin": "https://a.example"})
    assert "access-control-allow-origin" not in answer.headers

    opened = make_client(cors_origins="https://a.example", api_key=KEY)
    answer = opened.options("/predict", headers=ask)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    other = opened.options("/predict", headers=ask | {"origin": "https://b.example"})
    assert "access-control-allow-origin" not in other.headers
    refused = opened.post("/predict", json=BODY, headers={"origin": "https://a.example"})
    assert refused.status_code == 401  # and the page may read why
    assert refused.headers["access-control-allow-origin"] == "https://a.example"


def test_an_announced_length_is_enough_for_413(client: Any) -> None:
    headers = {"content-type": "application/json", "content-length": str(10**9)}
    assert client.post("/predict", content=b"{}", headers=headers).status_code == 413


def test_request_ids_are_kept_or_made(client: Any) -> None:
    kept = client.get("/health", headers={"x-request-id": "abc-1"})
    assert kept.headers["x-request-id"] == "abc-1"
    for wrong in ("a b", "x" * 65, ""):
        made = client.get("/health", headers={"x-request-id": wrong}).headers["x-request-id"]
        assert len(made) == 32


def test_a_request_is_one_line_of_json(log: io.StringIO, client: Any) -> None:
    client.post("/predict", json=BODY, headers={"x-request-id": "abc"})
    (line,) = lines(log)
    assert line.pop("time").endswith("Z")
    assert line.pop("milliseconds") >= 0
    assert line == {
        "level": "info", "logger": "emoscope.serve", "event": "request", "request_id": "abc",
        "method": "POST", "route": "/predict", "status": 200,
    }  # fmt: skip


def test_logs_never_hold_texts_or_keys(
    log: io.StringIO,
    make_client: Callable[..., Any],
    goemotions_classifier: EmotionClassifier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(texts: list[str]) -> None:
        if "warm up" not in texts:
            raise ValueError(f"cannot score {texts!r}")
        return original(texts)

    original = goemotions_classifier.scorer.logits
    monkeypatch.setattr(goemotions_classifier.scorer, "logits", fail, raising=False)
    client = make_client(api_key=KEY)
    headers = {"x-api-key": KEY}
    secret = "my private words"
    assert client.post("/predict", json={"inputs": secret}, headers=headers).status_code == 500
    client.post("/v1/emotions", json={"texts": secret, secret: 1}, headers=headers)
    client.post("/v1/explain", content=secret.encode(), headers=headers)
    client.get(f"/predict?text={secret}", headers=headers)
    client.get(f"/{secret}", headers=headers)
    assert secret not in log.getvalue()
    assert "private" not in log.getvalue()
    assert KEY not in log.getvalue()
    first = lines(log)[0]
    assert first["level"] == "error"
    assert [error["type"] for error in first["errors"]] == ["ScoringFailed", "ValueError"]
    assert "test_middleware.py" in first["errors"][1]["at"][-1]  # where, for the repair


class Panic(BaseException):
    """As pyo3's PanicException, no Exception."""


@pytest.mark.parametrize("fault", [ZeroDivisionError, Panic])
def test_a_fault_of_the_service_is_a_500_and_a_log_line(
    log: io.StringIO,
    make_client: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    fault: type[BaseException],
) -> None:
    def fail(body: bytes) -> None:
        raise fault

    client = make_client()
    monkeypatch.setattr("emoscope.serve.app.parse_json", fail)
    answer = client.post("/predict", json=BODY)
    assert answer.status_code == 500
    assert answer.json()["error_type"] == "Backend"
    (line,) = lines(log)
    assert line["errors"][0]["type"] == fault.__name__
    assert line["request_id"] in answer.json()["error"]
    assert line["status"] == 500


def test_asyncio_and_uvicorn_quote_nothing_either(log: io.StringIO) -> None:
    quoting = "Task exception was never retrieved\nfuture: <Task ValueError('private')>"
    logging.getLogger("asyncio").error(quoting, exc_info=ValueError("private"))
    logging.getLogger("uvicorn.error").error("Exception in app", exc_info=ValueError("private"))
    logging.getLogger("uvicorn.access").info("GET /?q=private")
    assert "private" not in log.getvalue()
    assert [line["event"] for line in lines(log)] == [
        "Task exception was never retrieved", "Exception in app",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/health", "/v1/labels", "/style.css"])
def test_other_hosts_are_refused(client: Any, path: str) -> None:
    answer = client.get(path, headers={"host": "rebound.example"})
    assert answer.status_code == 421
    assert "EMOSCOPE_ALLOWED_HOSTS" in answer.json()["error"]
    assert answer.headers["connection"] == "close"


def test_texts_for_another_host_are_not_scored(client: Any) -> None:
    answer = client.post("/predict", json=BODY, headers={"host": "rebound.example:8000"})
    assert answer.status_code == 421
    assert "emoscope_texts_total 0.0" in client.get("/metrics").text


def test_a_request_with_two_lengths_is_refused(client: Any) -> None:
    headers = {"content-type": "application/json", "transfer-encoding": "chunked"}
    headers["content-length"] = "18"
    answer = client.post("/predict", content=b'{"inputs": "joy"}', headers=headers)
    assert answer.status_code == 400
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_a_refused_body_closes_the_connection(client: Any, kind: str) -> None:
    answer = client.post("/predict", content=b"x" * 2_000_000, headers={"content-type": kind})
    assert answer.status_code in (413, 415)
    assert answer.headers["connection"] == "close"

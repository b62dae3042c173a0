from __future__ import annotations

import json
import math
import re
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from emoscope.decisions import plain_policy
from emoscope.inference.classifier import EmotionClassifier
from emoscope.serve import create_app
from emoscope.serve.middleware import RequestMiddleware
from emoscope.serve.schemas import (
    EmotionsResponse,
    ErrorResponse,
    ExplainResponse,
    LabelsResponse,
    PredictionElement,
)
from emoscope.taxonomy import GOEMOTIONS


def test_predict_gives_a_list_of_scores_and_labels(
    client: Any, goemotions_classifier: EmotionClassifier
) -> None:
    answer = client.post("/predict", json={"inputs": "pure joy"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    TypeAdapter(list[PredictionElement]).validate_python(answer.json())
    assert len(answer.json()) == 28
    assert answer.json()[0] == {"score": round(1 / (1 + math.exp(-2)), 6), "label": "joy"}
    scores = [element["score"] for element in answer.json()]
    assert scores == sorted(scores, reverse=True)


def test_predict_gives_a_list_of_lists_for_a_batch(client: Any) -> None:
    answer = client.post("/predict", json={"inputs": [["joy"], ["fear"], ["love", "joy"]]})
    TypeAdapter(list[list[PredictionElement]]).validate_python(answer.json())
    assert [found[0]["label"] for found in answer.json()] == ["joy", "fear", "joy"]
    assert answer.json()[2][1]["label"] == "love"


def test_predict_gives_raw_scores_when_asked(client: Any) -> None:
    answer = client.post("/predict", json={"inputs": "joy joy", "raw_scores": True})
    assert answer.json()[0] == {"score": 6.0, "label": "joy"}


@pytest.mark.parametrize("path", ["/", "/invocations"])
def test_clients_that_post_elsewhere_are_answered_too(client: Any, path: str) -> None:
    assert client.post(path, json={"inputs": "joy"}).json()[0]["label"] == "joy"


def test_truncate_cuts_what_is_otherwise_refused(make_client: Callable[..., Any]) -> None:
    client = make_client(max_characters=8)
    body = {"inputs": "fear joy joy"}
    assert client.post("/predict", json=body).status_code == 413
    cut = client.post("/predict", json=body | {"truncate": True})
    assert cut.json()[0]["score"] == cut.json()[1]["score"]  # "fear joy"
    left = {"truncate": True, "truncation_direction": "Left"}
    assert client.post("/predict", json=body | left).json()[0]["label"] == "joy"


def test_emotions_says_what_the_classifier_says(
    client: Any, goemotions_classifier: EmotionClassifier
) -> None:
    texts = ["joy and love", "nothing of note", ""]
    answer = client.post("/v1/emotions", json={"texts": texts}).json()
    EmotionsResponse.model_validate(answer)
    assert answer["task"] == "multi_label"
    assert answer["taxonomy"] == "goemotions"
    assert answer["thresholds"]["joy"] == 0.5
    for found, expected in zip(
        answer["results"], goemotions_classifier.predict(texts), strict=True
    ):
        assert [held["label"] for held in found["labels"]] == list(expected.labels)
        assert found["top_label"] == expected.top_label
        assert found["notes"] == list(expected.notes)
        assert found["probabilities"] == pytest.approx(dict(expected.probabilities), abs=1e-6)
    first = answer["results"][0]
    assert first["labels"][0] == {
        "label": "joy", "probability": pytest.approx(0.880797), "threshold": 0.5,
    }  # fmt: skip
    assert first["rollups"]["ekman"]["labels"] == ["joy"]
    assert first["rollups"]["sentiment"]["labels"] == ["positive"]
    ekman = goemotions_classifier.rollup("ekman")("joy and love")
    rolled = first["rollups"]["ekman"]["probabilities"]
    assert rolled == pytest.approx(dict(ekman.probabilities), abs=1e-6)


def test_a_bare_text_is_a_list_of_one_result(client: Any) -> None:
    assert len(client.post("/v1/emotions", json={"texts": "joy"}).json()["results"]) == 1


def test_threshold_top_k_and_taxonomy(client: Any) -> None:
    def labels(**options: Any) -> list[str]:
        answer = client.post("/v1/emotions", json={"texts": "joy and fear fear", **options})
        assert answer.status_code == 200, answer.text
        return [held["label"] for held in answer.json()["results"][0]["labels"]]

    assert labels() == ["fear", "joy"]
    assert labels(threshold=0.9) == ["fear"]
    assert labels(top_k=1) == ["fear"]
    assert labels(rollup="sentiment") == ["negative", "positive"]
    assert labels(rollup="sentiment", top_k=28) == [
        "negative", "positive", "ambiguous", "neutral",
    ]  # fmt: skip
    assert labels() == ["fear", "joy"]  # the service itself is unchanged


def test_many_texts_are_answered_from_a_thread(client: Any) -> None:
    texts = [GOEMOTIONS.labels[i % 28] for i in range(200)]
    found = client.post("/v1/emotions", json={"texts": texts}).json()["results"]
    assert [each["top_label"] for each in found] == texts


def test_unknown_taxonomy_and_label_name_the_nearest(client: Any) -> None:
    answer = client.post("/v1/emotions", json={"texts": "a", "rollup": "ekmann"})
    assert answer.status_code == 422
    assert "Did you mean 'ekman'" in answer.json()["error"]
    answer = client.post("/v1/explain", json={"text": "a", "label": "gratitud"})
    assert answer.status_code == 422
    assert "Did you mean 'gratitude'" in answer.json()["error"]
    answer = client.post("/v1/emotions", json={"texts": "a", "top_k": 29})
    assert answer.status_code == 422
    assert "28 labels" in answer.json()["error"]


def test_explain_says_what_the_classifier_says(
    client: Any, goemotions_classifier: EmotionClassifier
) -> None:
    answer = client.post("/v1/explain", json={"text": "so much joy"}).json()
    ExplainResponse.model_validate(answer)
    assert answer == goemotions_classifier.explain("so much joy").to_json()
    about = client.post("/v1/explain", json={"text": "so much joy", "label": "fear"}).json()
    assert about["label"] == "fear"


def test_labels_tell_what_the_model_and_the_service_can(client: Any) -> None:
    answer = client.get("/v1/labels").json()
    LabelsResponse.model_validate(answer)
    assert [each["label"] for each in answer["labels"]] == list(GOEMOTIONS.labels)
    assert answer["rollups"]["ekman"]["fear"] == ["fear", "nervousness"]
    assert answer["limits"]["max_texts"] == 256


def test_a_single_label_model_is_served_too(
    make_client: Callable[..., Any], emotion_classifier: EmotionClassifier
) -> None:
    client = make_client(emotion_classifier)
    found = client.post("/v1/emotions", json={"texts": "fear"}).json()
    assert found["task"] == "single_label"
    assert [held["label"] for held in found["results"][0]["labels"]] == ["fear"]
    scores = [element["score"] for element in client.post("/predict", json={"inputs": "x"}).json()]
    assert sum(scores) == pytest.approx(1.0, abs=1e-5)


def test_health_ready_and_metrics(client: Any) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ready"}
    client.post("/predict", json={"inputs": [["a"], ["b"]]})
    client.post("/predict", content=b"{", headers={"content-type": "application/json"})
    client.get("/some/private/text")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'emoscope_requests_total{method="POST",route="/predict",status="200"} 1.0' in lines
    assert 'emoscope_requests_total{method="POST",route="/predict",status="400"} 1.0' in lines
    assert 'emoscope_requests_total{method="GET",route="unmatched",status="404"} 1.0' in lines
    assert "emoscope_texts_total 2.0" in lines
    assert "emoscope_queue_texts 0.0" in lines
    assert "emoscope_batch_texts_count 1.0" in lines
    assert "private" not in answer.text


@pytest.mark.parametrize("path", ["/", "/health", "/ready", "/metrics", "/v1/labels", "/main.js"])
def test_head_is_answered_as_get_without_a_body(client: Any, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    if path != "/metrics":  # it has counted the first request
        assert head.headers["content-length"] == got.headers["content-length"]


def test_head_of_what_has_no_get_is_refused_and_named(client: Any) -> None:
    assert client.head("/predict").status_code == 405
    assert client.head("/nothing").status_code == 404
    assert client.delete("/health").headers["allow"] == "GET, HEAD"


def test_not_ready_before_start_and_after_close(
    goemotions_classifier: EmotionClassifier,
) -> None:
    from starlette.testclient import TestClient

    app = create_app(goemotions_classifier)
    client = TestClient(app, base_url="http://localhost")  # not entered: not started
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    ErrorResponse.model_validate(answer.json())
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/predict", 405), ("POST", "/health", 405),
     ("DELETE", "/v1/labels", 405), ("GET", "/docs", 404)],
)  # fmt: skip
def test_unknown_paths_and_methods(client: Any, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    ErrorResponse.model_validate(answer.json())
    assert status != 405 or answer.headers["allow"]


@pytest.mark.parametrize("path", ["/predict", "/v1/emotions", "/v1/explain", "/"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"NaN", 400),
        (b"[" * 200_000, 400),
        (b"9" * 100_000, 400),
        (b'{"texts":"a","texts":"b"}', 400),
        (b"{}", 422),
        (b"null", 422),
        (b"[]", 422),
        (b'{"inputs":"a\\u0000","texts":"a\\u0000","text":"a\\u0000"}', 422),
        (b'{"inputs":"\\ud800","texts":"\\ud800","text":"\\ud800"}', 422),
        (b'{"inputs":1,"texts":1,"text":1}', 422),
        (b'{"inputs":[[[]]],"texts":[[[]]],"text":[[[]]]}', 422),
        (b'"' + b"x" * 2_000_000 + b'"', 413),
    ],
)
def test_hostile_bodies_are_refused_with_a_message(
    client: Any, path: str, body: bytes, status: int
) -> None:
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    ErrorResponse.model_validate(answer.json())
    assert answer.json()["error_type"] == "Validation"


@pytest.mark.parametrize("path", ["/v1/emotions", "/v1/explain"])
def test_a_key_that_is_half_a_surrogate_pair_is_refused(client: Any, path: str) -> None:
    body = b'{"texts":"a","text":"a","\\ud800":1}'
    answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert "surrogate" in answer.json()["error"]


def test_other_content_is_415(client: Any) -> None:
    assert client.post("/predict", content=b'{"inputs":"a"}').status_code == 415
    assert client.post("/predict", data={"inputs": "a"}).status_code == 415


def test_too_many_and_too_long_texts_are_413(make_client: Callable[..., Any]) -> None:
    client = make_client(max_texts=2, max_characters=5)
    assert client.post("/v1/emotions", json={"texts": ["a"] * 3}).status_code == 413
    assert client.post("/predict", json={"inputs": [["a"]] * 3}).status_code == 413
    assert client.post("/v1/explain", json={"text": "a" * 6}).status_code == 413
    assert client.post("/v1/emotions", json={"texts": ["a" * 5] * 2}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"inputs": [["a"]] * 100_000}, 413),
        ({"texts": [""] * 100_000}, 413),
        ({"text": [[]] * 100_000}, 413),
        ({str(key): 0 for key in range(50_000)}, 422),
    ],
)
@pytest.mark.parametrize("path", ["/predict", "/v1/emotions", "/v1/explain"])
def test_many_small_parts_are_refused_before_each_is_validated(
    client: Any, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, Any], status: int
) -> None:
    monkeypatch.setattr(
        "emoscope.serve.schemas.check", lambda model, value: pytest.fail("validated")
    )
    answer = client.post(path, json=body)
    assert answer.status_code == status
    assert "0,000" in answer.json()["error"]


def test_a_pair_of_texts_is_one_text(make_client: Callable[..., Any]) -> None:
    client = make_client(max_texts=1)
    assert client.post("/predict", json={"inputs": ["joy", "fear"]}).status_code == 200
    assert client.post("/predict", json={"inputs": [["joy"], ["fear"]]}).status_code == 413


def test_large_bodies_are_read(client: Any) -> None:
    body = {"inputs": [["joy " + "x" * 5000]] * 100}
    answer = client.post("/predict", json=body)
    assert [found[0]["label"] for found in answer.json()] == ["joy"] * 100


class Slow:
    """Scores by length, but only when let."""

    labels = ("short", "long")
    task = "multi_label"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.started = threading.Event()
        self.seen: list[str] = []

    def logits(self, texts: Sequence[str]) -> Any:
        if "warm up" not in texts:
            self.seen.extend(texts)
            self.started.set()
            self.go.wait(10)
        if "quote this" in texts:
            raise ValueError("cannot read 'quote this'")
        return np.array([[-len(text), len(text)] for text in texts], dtype=np.float32)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def slow_classifier(slow: Slow) -> EmotionClassifier:
    from emoscope.taxonomy import Taxonomy

    policy = plain_policy(slow.labels, "multi_label")
    return EmotionClassifier(slow, policy, Taxonomy("lengths", slow.labels))  # type: ignore[arg-type]


def test_a_full_queue_answers_429_at_once(
    make_client: Callable[..., Any], slow: Slow, slow_classifier: EmotionClassifier
) -> None:
    client = make_client(slow_classifier, queue_texts=2, max_texts=2)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(client.post, "/predict", json={"inputs": "a"})
        slow.started.wait(5)
        second = pool.submit(client.post, "/predict", json={"inputs": [["b"], ["c"]]})
        while "emoscope_queue_texts 2.0" not in client.get("/metrics").text:
            pass
        asked = time.perf_counter()
        answer = client.post("/v1/emotions", json={"texts": "d"})
        assert time.perf_counter() - asked < 1  # the model would take ten
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["error_type"] == "Overloaded"
        assert client.get("/health").status_code == 200  # watching goes on
        slow.go.set()
        assert first.result().status_code == 200
        assert second.result().status_code == 200


def test_the_time_is_up_with_503(
    make_client: Callable[..., Any], slow: Slow, slow_classifier: EmotionClassifier
) -> None:
    client = make_client(slow_classifier, timeout_seconds=0.05)
    answer = client.post("/predict", json={"inputs": "a"})
    slow.go.set()
    assert answer.status_code == 503
    assert "0.05 seconds" in answer.json()["error"]
    assert "retry-after" in answer.headers


def test_requests_at_work_are_bounded(
    make_client: Callable[..., Any], slow: Slow, slow_classifier: EmotionClassifier
) -> None:
    client = make_client(slow_classifier, max_requests=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/predict", json={"inputs": "a"})
        slow.started.wait(5)
        answer = client.post("/predict", json={"inputs": "b"})
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        slow.go.set()
        assert first.result().status_code == 200


def test_a_service_that_closes_answers_503_at_once(
    make_client: Callable[..., Any], slow: Slow, slow_classifier: EmotionClassifier
) -> None:
    client = make_client(slow_classifier)
    middleware = client.app.middleware_stack
    while not isinstance(middleware, RequestMiddleware):
        middleware = middleware.app
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(client.post, "/predict", json={"inputs": "a"})
        slow.started.wait(5)
        middleware._batcher._closing = True  # as close() does before it waits
        answer = client.post("/predict", json={"inputs": "b"})
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["error_type"] == "Unhealthy"
        assert client.get("/ready").status_code == 503
        slow.go.set()
        assert taken.result().status_code == 200


def test_texts_of_a_client_that_hung_up_are_not_scored(
    slow: Slow, slow_classifier: EmotionClassifier, serve_in_thread: Callable[[Any], str]
) -> None:
    host, port = serve_in_thread(create_app(slow_classifier)).removeprefix("http://").split(":")

    def send(text: str) -> socket.socket:
        body = json.dumps({"inputs": text})
        connection = socket.create_connection((host, int(port)), timeout=10)
        connection.sendall(
            f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        return connection

    def queued() -> int:
        with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10) as answer:
            (line,) = re.findall(rb"^emoscope_queue_texts (.*)$", answer.read(), re.MULTILINE)
        return int(float(line))

    with send("stays") as stays:
        slow.started.wait(5)
        with send("hangs up"):
            while queued() < 1:
                time.sleep(0.01)
        time.sleep(0.6)  # twice the time between looks
        slow.go.set()
        assert stays.recv(100).startswith(b"HTTP/1.1 200")
    while queued() > 0:
        time.sleep(0.01)
    assert "stays" in slow.seen
    assert "hangs up" not in slow.seen


def test_neither_healthy_nor_ready_when_the_scoring_thread_has_ended(
    make_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(timeout_seconds=0.2)
    monkeypatch.setattr(
        "emoscope.serve.request_batching.MicroBatcher.has_failed", property(lambda _: True)
    )
    for path in ("/ready", "/health"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.json()["error_type"] == "Unhealthy"


class Panic(BaseException):
    """As pyo3's PanicException, no Exception."""


def test_a_panic_is_one_failed_request(
    make_client: Callable[..., Any],
    goemotions_classifier: EmotionClassifier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    score = goemotions_classifier.scorer.logits

    def logits(texts: Sequence[str]) -> Any:
        if "panic" in texts:
            raise Panic("a tokenizer written in Rust panicked")
        return score(texts)

    monkeypatch.setattr(goemotions_classifier.scorer, "logits", logits, raising=False)
    client = make_client()
    for _ in range(3):
        answer = client.post("/predict", json={"inputs": "panic"})
        assert answer.status_code == 500
        assert answer.headers["x-request-id"] in answer.json()["error"]
        assert client.post("/predict", json={"inputs": "joy"}).json()[0]["label"] == "joy"
        assert client.get("/health").status_code == client.get("/ready").status_code == 200


def test_a_failing_model_is_500_without_its_message(
    make_client: Callable[..., Any], slow: Slow, slow_classifier: EmotionClassifier
) -> None:
    slow.go.set()
    client = make_client(slow_classifier)
    answer = client.post("/predict", json={"inputs": "quote this"})
    assert answer.status_code == 500
    assert answer.json()["error_type"] == "Backend"
    assert "quote this" not in answer.text
    assert client.post("/predict", json={"inputs": "fine"}).status_code == 200


def test_the_openapi_examples_work(client: Any) -> None:
    description = client.get("/openapi.json").json()
    sent = 0
    for path, methods in description["paths"].items():
        body = methods.get("post", {}).get("requestBody")
        if body is None:
            continue
        for example in body["content"]["application/json"]["examples"].values():
            answer = client.post(path, json=example["value"])
            assert answer.status_code == 200, answer.text
            sent += 1
    assert sent == 10


def test_the_description_names_every_path(client: Any) -> None:
    description = client.get("/openapi.json").json()
    assert set(description["paths"]) == {
        "/predict", "/v1/emotions", "/v1/explain", "/v1/labels", "/health", "/ready", "/metrics",
    }  # fmt: skip
    assert "https://" not in json.dumps(description["paths"])

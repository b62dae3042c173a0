"""A service around a classifier that scores words, and ways to call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emoscope.inference.classifier import EmotionClassifier

collect_ignore_glob: list[str] = []
try:
    from starlette.testclient import TestClient

    from emoscope.serve import ServeSettings, create_app
except Exception:  # noqa: BLE001  the extra is not installed: nothing here can run
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(autouse=True)
def _no_batch_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all requests wait for the first thread, however slow the machine is."""
    monkeypatch.setattr("emoscope.serve.request_batching._LONG_BATCH_SECONDS", 60.0)


@pytest.fixture
def make_client(goemotions_classifier: EmotionClassifier) -> Iterator[Callable[..., Any]]:
    """Start a service with these settings; it is closed when the test ends."""
    started: list[Any] = []

    def start(classifier: EmotionClassifier = goemotions_classifier, **settings: Any) -> Any:
        app = create_app(classifier, ServeSettings(**settings))
        client = TestClient(app, base_url="http://localhost")
        client.__enter__()
        started.append(client)
        return client

    yield start
    for client in started:
        client.__exit__(None, None, None)


@pytest.fixture
def client(make_client: Callable[..., Any]) -> Any:
    """A service with the default settings."""
    return make_client()

"""Clients that others wrote for text-embeddings-inference and the hub's inference API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("huggingface_hub")

from huggingface_hub import InferenceClient, constants

from emoscope.inference.classifier import EmotionClassifier
from emoscope.serve import ServeSettings, create_app


@pytest.fixture(autouse=True)
def _online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client send: it asks this machine only."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def address(goemotions_classifier: EmotionClassifier, serve_in_thread: Callable[[Any], str]) -> str:
    return serve_in_thread(create_app(goemotions_classifier))


@pytest.mark.parametrize("path", ["", "/predict"])
def test_the_hub_client_reads_the_strongest_label(address: str, path: str) -> None:
    # of the flat list that text-embeddings-inference answers for one text, too, this client keeps
    # the first element
    found = InferenceClient(model=address + path).text_classification("joy joy love")
    assert found.label == "joy"  # type: ignore[attr-defined]
    assert found.score == pytest.approx(0.997527)  # type: ignore[attr-defined]


def test_a_key_is_sent_as_the_hub_client_sends_its_token(
    goemotions_classifier: EmotionClassifier, serve_in_thread: Callable[[Any], str]
) -> None:
    app = create_app(goemotions_classifier, ServeSettings(api_key="a-secret-key"))
    client = InferenceClient(model=serve_in_thread(app), token="a-secret-key")
    assert client.text_classification("joy").label == "joy"  # type: ignore[attr-defined]

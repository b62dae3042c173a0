"""Counts for Prometheus. Every metric and label set is bounded; none holds a text."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Telemetry:
    """The metrics of one service; a registry of its own lets several live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "emoscope_requests", "Requests answered.", ("route", "method", "status"),
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "emoscope_request_seconds", "Time from a request's headers to the end of its answer.",
            ("route",), buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._texts = Counter("emoscope_texts", "Texts scored.", registry=self.registry)
        self._batch_texts = Histogram(
            "emoscope_batch_texts", "Texts in a batch.", buckets=_SIZES, registry=self.registry
        )
        self._batch_seconds = Histogram(
            "emoscope_batch_seconds", "Time to score a batch.", buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self._queue_texts = Gauge(
            "emoscope_queue_texts", "Texts that wait to be scored.", registry=self.registry
        )
        self._queue_characters = Gauge(
            "emoscope_queue_characters", "Characters that wait to be scored.",
            registry=self.registry,
        )  # fmt: skip

    def watch_queue(self, texts: Callable[[], float], characters: Callable[[], float]) -> None:
        """Ask these functions for the queue's length whenever metrics are read."""
        self._queue_texts.set_function(texts)
        self._queue_characters.set_function(characters)

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        method = method if method in _METHODS else "other"  # clients may invent methods
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_batch(self, texts: int, seconds: float) -> None:
        """Count a scored batch."""
        self._texts.inc(texts)
        self._batch_texts.observe(texts)
        self._batch_seconds.observe(seconds)

    def render(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)

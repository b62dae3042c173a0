"""What the service does, apart from HTTP: requests in, plain data out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, Literal, TypeVar

import emoscope
from emoscope.errors import RequestRefused, TaxonomyError
from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.explain import MOST_CHARACTERS, MOST_PIECES, plan_occlusion
from emoscope.serve import responses
from emoscope.serve.request_batching import MicroBatcher
from emoscope.serve.request_texts import Texts
from emoscope.serve.schemas import EmotionsRequest, ExplainRequest, PredictRequest
from emoscope.serve.settings import ServeSettings

IsGone = Callable[[], Awaitable[bool]]

_Answer = TypeVar("_Answer")

_INLINE = 8
"""Texts whose answer is made in the event loop; more would hold up other requests."""


class EmotionService:
    """A classifier behind a queue."""

    def __init__(
        self,
        classifier: EmotionClassifier,
        settings: ServeSettings,
        *,
        on_batch: Callable[[int, float], None] = lambda texts, seconds: None,
    ) -> None:
        self.classifier = classifier
        self.settings = settings
        self.batcher = MicroBatcher(classifier.score, settings, on_batch=on_batch)
        self._variant = lru_cache(maxsize=128)(self._make_variant)

    async def start(self) -> None:
        """Make the first answer, which is slow, then begin to take requests."""
        texts = ["warm up"]
        scored = await asyncio.to_thread(self.classifier.score, texts)
        responses.emotions(self.classifier, texts, scored)
        self.batcher.start()

    async def close(self) -> None:
        """Finish what was taken, then stop."""
        await self.batcher.close()

    async def predict(
        self, asked: PredictRequest, is_gone: IsGone | None = None
    ) -> list[dict[str, Any]] | list[list[dict[str, Any]]]:
        """Labels and scores, in the shape of text-embeddings-inference."""
        cut: Literal["", "left", "right"] = ""
        if asked.truncate:
            cut = "left" if asked.truncation_direction.lower() == "left" else "right"
        texts = self._checked(asked.inputs, cut)
        scored = await self.batcher.submit(texts.texts, is_gone)
        found = await _made(
            len(texts.texts),
            lambda: responses.ranked_scores(
                self.classifier, texts.texts, scored, raw=asked.raw_scores
            ),
        )
        return found if texts.many else found[0]

    async def emotions(
        self, asked: EmotionsRequest, is_gone: IsGone | None = None
    ) -> dict[str, Any]:
        """What passed, thresholds, roll-ups and notes of every text."""
        try:
            classifier = self._variant(asked.threshold, asked.top_k, asked.rollup)
        except TaxonomyError as error:
            raise RequestRefused(422, str(error)) from None
        texts = self._checked(asked.texts).texts
        scored = await self.batcher.submit(texts, is_gone)
        return {
            "task": classifier.task,
            "taxonomy": classifier.taxonomy.name,
            "rollup": asked.rollup,
            "thresholds": responses.thresholds(classifier),
            "results": await _made(
                len(texts), lambda: responses.emotions(classifier, texts, scored)
            ),
        }

    async def explain(self, asked: ExplainRequest, is_gone: IsGone | None = None) -> dict[str, Any]:
        """Which words moved a label."""
        text = self._checked(Texts((asked.text,), many=False)).texts[0]
        if asked.label is not None:
            try:
                self.classifier.taxonomy.index(asked.label)
            except TaxonomyError as error:
                raise RequestRefused(422, str(error)) from None
        occlusion = plan_occlusion(
            text,
            most_pieces=min(MOST_PIECES, self.settings.queue_texts // 2),
            most_characters=min(MOST_CHARACTERS, self.settings.queue_characters // 2),
        )
        variants = occlusion.texts
        scored = await self.batcher.submit(variants, is_gone)

        def read() -> dict[str, Any]:
            answers = self.classifier.decide(variants, scored)
            return occlusion.read(self.classifier.labels, answers, asked.label).to_json()

        return await _made(len(variants), read)

    def labels(self) -> dict[str, Any]:
        """What the model can say, and what the service takes."""
        classifier, settings = self.classifier, self.settings
        manifest = classifier.manifest
        return {
            "task": classifier.task,
            "taxonomy": classifier.taxonomy.name,
            "labels": [
                {"label": label, "threshold": threshold}
                for label, threshold in responses.thresholds(classifier).items()
            ],
            "rollups": {
                name: {
                    label: [
                        fine
                        for fine, group in zip(
                            classifier.taxonomy.labels, rollup.groups, strict=True
                        )
                        if group == i
                    ]
                    for i, label in enumerate(rollup.labels)
                }
                for name, rollup in classifier.taxonomy.rollups.items()
            },
            "limits": {
                "max_texts": settings.max_texts,
                "max_characters": settings.max_characters,
                "max_body_bytes": settings.max_body_bytes,
            },
            "model": {}
            if manifest is None
            else {"kind": manifest.kind, "metrics": dict(manifest.metrics.get("headline", {}))},
            "version": emoscope.__version__,
        }

    def _checked(self, texts: Texts, cut: Literal["", "left", "right"] = "") -> Texts:
        return texts.check(self.settings.max_texts, self.settings.max_characters, cut=cut)

    def _make_variant(
        self, threshold: float | None, top_k: int | None, rollup: str | None
    ) -> EmotionClassifier:
        if top_k is not None and top_k > len(self.classifier.labels):
            raise RequestRefused(
                422, f"'top_k': the model has {len(self.classifier.labels)} labels, not {top_k}."
            )
        changed = self.classifier.with_policy(threshold=threshold, top_k=top_k)
        return changed if rollup is None else changed.rollup(rollup)


async def _made(texts: int, make: Callable[[], _Answer]) -> _Answer:
    """Run ``make`` here, or for many texts in a thread."""
    return make() if texts <= _INLINE else await asyncio.to_thread(make)

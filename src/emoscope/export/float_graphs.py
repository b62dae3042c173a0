"""The float graphs that are quantised: the whole one, and those with a share of their neurons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import onnx

from emoscope.export.activation_ranges import Batch, Range, activation_ranges
from emoscope.export.prune import prune
from emoscope.tokenizers.window_tokenizer import WindowTokenizer

RANGE_TEXTS = 1000
"""Texts on which ranges are measured."""
PRUNING_TEXTS = 6000
"""Texts that tell which neurons can go."""
_BATCH_TOKENS = 1024
"""All states of a batch are held together: of a base model, a few hundred megabytes."""


class FloatGraphs:
    """Float graphs and the ranges of their tensors on ``texts``, each made when first asked for."""

    def __init__(
        self, whole: onnx.ModelProto, tokenizer: WindowTokenizer, texts: Sequence[str]
    ) -> None:
        self._whole = whole
        self._tokenizer = tokenizer
        self._texts = texts
        self._pruned: dict[float, onnx.ModelProto | None] = {}
        self._ranges: dict[float, Mapping[str, Range]] = {}

    def with_neurons(self, share: float) -> onnx.ModelProto | None:
        """The graph with ``share`` of its neurons; None where that cannot be had."""
        if share >= 1.0:
            return self._whole
        if share not in self._pruned:
            self._pruned[share] = prune(self._whole, list(self._batches(PRUNING_TEXTS)), share)
        return self._pruned[share]

    def ranges(self, share: float) -> Mapping[str, Range]:
        """Ranges of the graph of :meth:`with_neurons`, empty where there is none."""
        graph = self.with_neurons(share)
        if graph is None:
            return {}
        if share not in self._ranges:
            self._ranges[share] = activation_ranges(graph, self._batches(RANGE_TEXTS))
        return self._ranges[share]

    def _batches(self, n: int) -> Iterator[Batch]:
        """Windows of ``n`` texts at most, of one length a batch, so without padding."""
        by_length: dict[int, list[list[int]]] = {}
        for ids in self._tokenizer.windows(spread(self._texts, n)).ids:
            by_length.setdefault(len(ids), []).append(ids)
        for length, windows in by_length.items():
            size = max(1, _BATCH_TOKENS // length)
            for start in range(0, len(windows), size):
                yield self._tokenizer.pad(windows[start : start + size])


def spread(texts: Sequence[str], n: int) -> list[str]:
    """At most ``n`` of ``texts``, evenly from first to last."""
    chosen = np.unique(np.linspace(0, len(texts) - 1, min(n, len(texts))).round().astype(int))
    return [texts[i] for i in chosen]

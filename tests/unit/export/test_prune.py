from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

import onnx
import torch

from emoscope.export import prune as prune_module
from emoscope.export.prune import LEAST_TOKENS, feed_forwards, prune
from emoscope.export.trace import fused_graph
from emoscope.export.unfuse import laid_out
from emoscope.models import neurons as module

pytestmark = pytest.mark.usefixtures("small_products")


def batches(n: int = 40, length: int = 9) -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(0)
    return [(random.integers(5, 60, (8, length)), np.ones((8, length), int)) for _ in range(n)]


def scores(graph: onnx.ModelProto, ids: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options)
    return session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]


def sizes(graph: onnx.ModelProto) -> list[int]:
    return [layer.size for layer in feed_forwards(laid_out(graph))]


@pytest.mark.slow
def test_a_graph_with_spare_neurons_says_the_same(
    classifier_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "STEP", 8)
    monkeypatch.setattr(module, "_DAMPING", 1e-9)
    model = classifier_of("mean pooling")
    with torch.no_grad():  # every second neuron is a copy of its neighbour
        for block in model.text_encoder.encoder.layer:
            block.intermediate.dense.weight[1::2] = block.intermediate.dense.weight[::2]
            block.intermediate.dense.bias[1::2] = block.intermediate.dense.bias[::2]
    fused = fused_graph(model)
    pruned = prune(fused, batches(), 0.5)
    assert pruned is not None
    onnx.checker.check_model(pruned)
    assert (sizes(fused), sizes(pruned)) == ([48, 48], [24, 24])
    ids = np.random.default_rng(7).integers(5, 60, (4, 13))
    np.testing.assert_allclose(scores(pruned, ids), scores(fused, ids), atol=1e-3)


@pytest.mark.slow
def test_choosing_beats_chance(classifier_of: Callable[[str], Any], monkeypatch):
    """Neurons that hardly speak go first; dropping as many loud ones would change the scores."""
    monkeypatch.setattr(module, "STEP", 8)
    model = classifier_of("bert")
    with torch.no_grad():
        for block in model.bert.encoder.layer:
            block.output.dense.weight[:, :16] *= 1e-3
    fused = fused_graph(model)
    ids = np.random.default_rng(7).integers(5, 60, (4, 13))
    expected = scores(fused, ids)
    error = np.abs(scores(prune(fused, batches(), 2 / 3), ids) - expected).max()
    for block in model.bert.encoder.layer:
        with torch.no_grad():
            block.output.dense.weight[:, 32:] = 0.0
    assert error < 0.05 * np.abs(scores(fused_graph(model), ids) - expected).max()


@pytest.mark.slow
def test_layers_are_looked_at_in_passes_where_memory_is_short(
    graph_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "STEP", 8)
    fused = graph_of("bert")
    ids = np.random.default_rng(7).integers(5, 60, (4, 13))
    expected = scores(prune(fused, batches(), 0.5), ids)
    monkeypatch.setattr(prune_module, "MOST_BYTES", 1)
    np.testing.assert_array_equal(scores(prune(fused, batches(), 0.5), ids), expected)


@pytest.mark.slow
def test_nothing_to_leave_out(graph_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "STEP", 8)
    bert = graph_of("bert")
    assert prune(bert, batches(), 0.99) is None
    assert prune(graph_of("modernbert"), batches(), 0.5) is None, "it is gated"
    few = 48 * LEAST_TOKENS // 72  # batches of 72 tokens that are not enough
    assert prune(bert, batches(few), 0.5) is None
    assert prune(bert, batches(few + 1), 0.5) is not None

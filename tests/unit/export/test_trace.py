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

from emoscope.errors import ExportError
from emoscope.export import trace
from emoscope.export.trace import fused_graph, operators

QUICK = ("bert", "distilbert", "roberta", "mean pooling", "minibert")
FUSED = (*QUICK, pytest.param("modernbert", marks=pytest.mark.slow))
ALL = (*FUSED, pytest.param("deberta-v3", marks=pytest.mark.slow))


def run(graph: onnx.ModelProto, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options)
    return session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


def batch(n: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Random ids; every text after the first is padded on the right, each more than the last."""
    ids = np.random.default_rng(n * length).integers(5, 60, (n, length))
    mask = np.ones_like(ids)
    for row in range(1, n):
        mask[row, max(1, length - 2 * row) :] = 0
    return ids, mask


@pytest.mark.parametrize("architecture", ALL)
def test_every_architecture_answers_as_in_torch(
    architecture: str, classifier_of: Callable[[str], Any], graph_of: Callable[[str], Any]
):
    model = classifier_of(architecture)
    graph = graph_of(architecture)
    # other sizes than the traced one, the shortest and the longest included
    for n, length in ((1, 1), (1, 5), (3, 12), (2, 48)):
        ids, mask = batch(n, length)
        with torch.inference_mode():
            expected = model(torch.from_numpy(ids), torch.from_numpy(mask)).logits.numpy()
        np.testing.assert_allclose(run(graph, ids, mask), expected, atol=2e-5)


@pytest.mark.parametrize("architecture", FUSED)
def test_attention_and_gelu_are_single_nodes(architecture: str, graph_of: Callable[[str], Any]):
    found = operators(graph_of(architecture))
    assert found.get("Attention", 0) + found.get("MultiHeadAttention", 0) == 2
    assert found.get("BiasGelu", 0) + found.get("Gelu", 0) >= 2
    assert not {"Softmax", "Erf", "ReduceMean"} & set(found)


@pytest.mark.slow
def test_deberta_keeps_its_own_attention(graph_of: Callable[[str], Any]):
    """Scores of content and of place: no fused operator does that."""
    found = operators(graph_of("deberta-v3"))
    assert found["Softmax"] == 2
    assert found["BiasGelu"] == 2


@pytest.mark.parametrize(
    ("architecture", "lookups"),
    [("bert", 1), ("distilbert", 1), ("mean pooling", 1), ("roberta", 2)],
)
def test_positions_in_order_and_the_only_segment_are_not_looked_up(
    architecture: str, lookups: int, classifier_of: Callable[[str], Any]
):
    """RoBERTa counts its positions from the padding, so it has to look them up."""
    graph = fused_graph(classifier_of(architecture)).graph
    tables = {t.name for t in graph.initializer if len(t.dims) == 2}
    found = [n for n in graph.node if n.op_type == "Gather" and n.input[0] in tables]
    assert len(found) == lookups


def test_the_model_is_left_as_it_was(classifier_of: Callable[[str], Any]):
    model = classifier_of("bert").train()
    before = model.config._attn_implementation
    modules = [type(module) for module in model.modules()]
    fused_graph(model)
    assert model.config._attn_implementation == before
    assert [type(module) for module in model.modules()] == modules
    assert model.training
    assert all(p.requires_grad for p in model.parameters())


def test_a_model_that_cannot_be_traced(
    classifier_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
):
    def fails(*args: Any, **settings: Any) -> None:
        raise torch.onnx.errors.UnsupportedOperatorError("aten::new_thing", 17, None)

    monkeypatch.setattr(trace.torch.onnx, "export", fails)
    with pytest.raises(ExportError, match=r"cannot write this model \(bert\) .*aten::new_thing"):
        fused_graph(classifier_of("bert"))

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
import transformers

from emoscope.errors import ExportError
from emoscope.export import trace
from emoscope.export.trace import fused_graph, operators
from emoscope.models.minibert_config import MiniBertConfig

QUICK = ("bert", "distilbert", "roberta", "mean pooling")
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("modernbert", "minibert")]
FUSED = (*QUICK, *SLOW)
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


def small_minibert() -> Any:
    """A random MiniBERT whose norm of word vectors is no plain one."""
    torch.manual_seed(1)
    config = MiniBertConfig(
        vocab_size=60, embedding_size=20, hidden_size=32, num_hidden_layers=1,
        num_attention_heads=4, intermediate_size=24, num_labels=5,
    )  # fmt: skip
    model = transformers.AutoModelForSequenceClassification.from_config(config)
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(0.2 * torch.randn_like(weights))
    return model


def test_the_word_table_of_a_minibert_is_folded_and_answers_as_in_torch():
    model = small_minibert().eval()
    graph = fused_graph(model)
    lookups = {n.input[0] for n in graph.graph.node if n.op_type == "Gather"}
    (table,) = [t for t in graph.graph.initializer if t.name in lookups and len(t.dims) == 2]
    assert tuple(table.dims) == (60, 32)  # the blocks' width: norm and projection are in it
    assert not [t.name for t in graph.graph.initializer if 20 in t.dims]  # width of word vectors
    for n, length in ((1, 1), (3, 12)):
        ids, mask = batch(n, length)
        with torch.inference_mode():
            expected = model(torch.from_numpy(ids), torch.from_numpy(mask)).logits.numpy()
        np.testing.assert_allclose(run(graph, ids, mask), expected, atol=2e-5)


def test_a_live_minibert_is_unharmed_by_its_export():
    model = small_minibert().train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    modules = [(name, type(module)) for name, module in model.named_modules()]
    fused_graph(model)
    assert [(name, type(module)) for name, module in model.named_modules()] == modules
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())
    assert set(before) == set(model.state_dict())
    assert model.training
    ids, mask = map(torch.from_numpy, batch(2, 8))
    model(ids, mask).logits.sum().backward()  # and goes on learning, its word table too
    assert model.get_input_embeddings().weight.grad.abs().sum() > 0


def test_a_failed_export_gives_a_minibert_its_embeddings_back(monkeypatch: pytest.MonkeyPatch):
    def fails(*args: Any, **settings: Any) -> None:
        raise RuntimeError("no room")

    model = small_minibert()
    modules = [type(module) for module in model.modules()]
    monkeypatch.setattr(trace.torch.onnx, "export", fails)
    with pytest.raises(ExportError, match="no room"):
        fused_graph(model)
    assert [type(module) for module in model.modules()] == modules

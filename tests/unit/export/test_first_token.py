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
from onnx import TensorProto, helper, numpy_helper

from emoscope.export import trace
from emoscope.export.first_token import select_first_token_early
from emoscope.export.trace import operators


def model_of(nodes, constants, outputs=("y",)) -> onnx.ModelProto:
    """A graph from ``x`` (b, t, 4)."""
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "test",
        [tensor("x", TensorProto.FLOAT, ["b", "t", 4])],
        [tensor(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def run(model: onnx.ModelProto, x: np.ndarray) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})


def rows_seen(model: onnx.ModelProto, name: str, x: np.ndarray) -> int:
    """Tokens a text in tensor ``name``."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    return run(watched, x)[-1].shape[1]


X = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
W = np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32)
FIRST = {"zero": np.array(0, np.int64)}
LAYER_NORM = {"g": np.ones(4, np.float32), "c": np.zeros(4, np.float32)}


def test_tokenwise_nodes_work_on_the_first_token_only():
    node = helper.make_node
    model = model_of(
        [
            node("MatMul", ["x", "w"], ["product"]),
            node("Add", ["product", "x"], ["residual"]),
            node("LayerNormalization", ["residual", "g", "c"], ["normed"], axis=-1),
            node("Gather", ["normed", "zero"], ["y"], axis=1),
        ],
        {"w": W, **LAYER_NORM, **FIRST},
    )
    early = select_first_token_early(model)
    np.testing.assert_allclose(run(early, X)[0], run(model, X)[0], rtol=1e-6)
    assert rows_seen(model, "product", X) == 5
    assert rows_seen(early, "product", X) == 1
    assert operators(early)["Slice"] == 1, "one for all who read it"


def test_what_others_read_stays_whole():
    node = helper.make_node
    model = model_of(
        [
            node("MatMul", ["x", "w"], ["product"]),
            node("Relu", ["product"], ["states"]),
            node("Gather", ["states", "zero"], ["y"], axis=1),
            node("Relu", ["product"], ["all"]),
        ],
        {"w": W, **FIRST},
        outputs=("y", "all"),
    )
    early = select_first_token_early(model)
    for found, expected in zip(run(early, X), run(model, X), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert rows_seen(early, "product", X) == 5
    assert rows_seen(early, "states", X) == 1


@pytest.mark.parametrize(
    ("index", "axis"), [(np.array(1, np.int64), 1), (np.array(0, np.int64), 2)]
)
def test_other_selections_are_left_alone(index, axis):
    nodes = [
        helper.make_node("Relu", ["x"], ["states"]),
        helper.make_node("Gather", ["states", "index"], ["y"], axis=axis),
    ]
    model = model_of(nodes, {"index": index})
    assert select_first_token_early(model) is model


def test_a_sum_with_one_row_a_token_is_not_narrowed():
    node = helper.make_node
    model = model_of(
        [
            node("Add", ["x", "places"], ["placed"]),
            node("Gather", ["placed", "zero"], ["y"], axis=1),
        ],
        {"places": np.arange(20, dtype=np.float32).reshape(1, 5, 4), **FIRST},
    )
    assert select_first_token_early(model) is model


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["bert", "roberta", "distilbert"])
def test_the_last_attention_has_one_query(
    architecture: str,
    classifier_of: Callable[[str], Any],
    graph_of: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
):
    early = graph_of(architecture)
    monkeypatch.setattr(trace, "select_first_token_early", lambda graph: graph)
    whole = trace.fused_graph(classifier_of(architecture))
    assert operators(whole)["Attention"] == 2
    assert operators(early)["Attention"] == operators(early)["MultiHeadAttention"] == 1
    ids = np.random.default_rng(0).integers(5, 60, (3, 9))
    mask = np.ones_like(ids)
    mask[1, 4:] = 0
    feed = {"input_ids": ids, "attention_mask": mask}
    found, expected = (
        onnxruntime.InferenceSession(g.SerializeToString()).run(None, feed)[0]
        for g in (early, whole)
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.slow
def test_a_mean_over_tokens_needs_them_all(graph_of: Callable[[str], Any]):
    found = operators(graph_of("mean pooling"))
    assert found["Attention"] == 2
    assert "MultiHeadAttention" not in found

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

import onnx

from emoscope.export.graph import attribute
from emoscope.export.trace import operators
from emoscope.export.unfuse import laid_out

IDS = np.random.default_rng(3).integers(5, 60, (3, 11))
MASK = np.ones_like(IDS)
MASK[1, 7:] = 0
MASK[2, :4] = 0  # others may pad on the left


def scores(graph: onnx.ModelProto, n: int = 3) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options)
    return session.run(None, {"input_ids": IDS[:n], "attention_mask": MASK[:n]})[0]


@pytest.mark.parametrize(
    "architecture",
    [
        "bert",
        "distilbert",
        "roberta",
        "mean pooling",
        "minibert",
        pytest.param("deberta-v3", marks=pytest.mark.slow),
        pytest.param("modernbert", marks=pytest.mark.slow),
    ],
)
def test_scores_stay(architecture: str, graph_of: Callable[[str], onnx.ModelProto]):
    fused = graph_of(architecture)
    built = laid_out(fused).build()
    onnx.checker.check_model(built)
    np.testing.assert_allclose(scores(built), scores(fused), atol=2e-5)
    again = laid_out(built).build()
    assert operators(again) == operators(built), "nothing is left to lay out"


@pytest.mark.parametrize(
    ("architecture", "attentions"), [("mean pooling", 2), ("bert", 1), ("roberta", 1)]
)
def test_attention_is_the_standards(
    architecture: str, attentions: int, graph_of: Callable[[str], onnx.ModelProto]
):
    """Of two layers; the last of those that read the first token has one query a text."""
    fused = graph_of(architecture)
    built = laid_out(fused).build()
    standard = [n for n in built.graph.node if (n.domain, n.op_type) == ("", "Attention")]
    own = [n for n in fused.graph.node if (n.domain, n.op_type) == ("com.microsoft", "Attention")]
    assert len(standard) == len(own) == attentions
    assert {attribute(node, "q_num_heads") for node in standard} == {4}
    assert len({node.input[3] for node in standard}) == 1, "one square of the mask serves all"
    assert {o.domain: o.version for o in built.opset_import}[""] == 23


def test_attention_of_queries_keys_and_values_is_the_standards(
    graph_of: Callable[[str], onnx.ModelProto],
):
    fused = graph_of("minibert")
    assert operators(fused)["MultiHeadAttention"] == 2
    found = operators(laid_out(fused).build())
    assert "MultiHeadAttention" not in found
    assert found["Attention"] == 2

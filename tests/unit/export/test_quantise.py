from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

import onnx

from emoscope.export.activation_ranges import activation_ranges
from emoscope.export.quantise import (
    SCHEMES,
    WEIGHT_LIMIT,
    Scheme,
    quantise,
    quantise_columns,
)
from emoscope.export.trace import operators


def test_columns_by_hand():
    # limits 6.4 and 0.64, so steps of 0.1 and 0.01; all weights are whole numbers of steps
    weights = np.array([[6.4, -0.64], [-3.2, 0.32], [0.1, 0.0]], np.float32)
    quantised, scale = quantise_columns(weights)
    np.testing.assert_allclose(scale, [0.1, 0.01], rtol=1e-6)
    assert quantised.tolist() == [[64, -64], [-32, 32], [1, 0]]


def test_weights_fit_the_sums_of_processors_without_vnni():
    weights = np.random.default_rng(0).normal(size=(300, 40)).astype(np.float32)
    quantised, scale = quantise_columns(weights)
    assert np.abs(quantised.astype(int)).max() == WEIGHT_LIMIT
    assert 2 * 255 * WEIGHT_LIMIT < 2**15
    assert (np.abs(quantised * scale - weights) <= 0.5001 * scale).all()


def test_a_column_of_zeros():
    quantised, scale = quantise_columns(np.zeros((3, 2), np.float32))
    assert not quantised.any()
    assert np.isfinite(scale).all()


class Graphs:
    """A tiny classifier's graph and its quantised copies."""

    def __init__(self, fp32: onnx.ModelProto) -> None:
        self.fp32 = fp32
        random = np.random.default_rng(0)
        self.batches = [
            (random.integers(5, 60, (8, n)), np.ones((8, n), np.int64)) for n in (3, 9, 20)
        ]
        self.ranges = activation_ranges(self.fp32, self.batches)

    def quantised(self, scheme: Scheme) -> onnx.ModelProto:
        return quantise(self.fp32, scheme, self.ranges)


def run(graph: onnx.ModelProto, ids: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options)
    mask = np.ones_like(ids) if mask is None else mask
    return session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


@pytest.mark.slow
@pytest.mark.usefixtures("small_products")
@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
@pytest.mark.parametrize(
    "architecture", ["bert", "roberta", "deberta-v3", "modernbert", "minibert"]
)
def test_scores_stay_near(
    scheme: Scheme, architecture: str, graph_of: Callable[[str], onnx.ModelProto]
):
    graphs = Graphs(graph_of(architecture))
    int8 = graphs.quantised(scheme)
    scores = np.concatenate([run(graphs.fp32, ids) for ids, _ in graphs.batches])
    found = np.concatenate([run(int8, ids) for ids, _ in graphs.batches])
    noise = np.sqrt(np.square(found - scores).mean()) / scores.std()
    assert 1e-5 < noise < 0.1, "quantised, and not beyond recognition"


@pytest.mark.usefixtures("small_products")
def test_every_product_and_table_is_quantised(graph_of: Callable[[str], onnx.ModelProto]):
    graphs = Graphs(graph_of("bert"))
    int8 = graphs.quantised(SCHEMES[0])
    found = operators(int8)
    assert "MatMul" not in found
    assert "QAttention" not in found
    # of two layers: query, key, value, output, up and down; the pooler
    assert found["MatMulIntegerToFloat"] == 2 * 6 + 1
    assert found["Gemm"] == 1, "the head stays float"
    floats = {
        tensor.name: tuple(tensor.dims)
        for tensor in int8.graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) > 200
    }
    assert list(floats.values()) == [(50, 32)], "of what is large only rows of positions are float"


@pytest.mark.usefixtures("small_products")
def test_static_scores_do_not_depend_on_the_batch(graph_of: Callable[[str], onnx.ModelProto]):
    graphs = Graphs(graph_of("bert"))
    static, dynamic = graphs.quantised(SCHEMES[0]), graphs.quantised(SCHEMES[1])
    ids = np.random.default_rng(5).integers(5, 60, (16, 9))
    np.testing.assert_allclose(run(static, ids)[:1], run(static, ids[:1]), atol=1e-5)
    assert np.abs(run(dynamic, ids)[:1] - run(dynamic, ids[:1])).max() > 1e-4


@pytest.mark.usefixtures("small_products")
def test_padding_changes_nothing(graph_of: Callable[[str], onnx.ModelProto]):
    static = Graphs(graph_of("bert")).quantised(SCHEMES[0])
    ids = np.random.default_rng(5).integers(5, 60, (1, 6))
    padded = np.concatenate([ids, np.zeros((1, 5), np.int64)], axis=1)
    mask = np.concatenate([np.ones_like(ids), np.zeros((1, 5), np.int64)], axis=1)
    np.testing.assert_allclose(run(static, padded, mask), run(static, ids), atol=1e-5)


def test_static_without_ranges(graph_of: Callable[[str], onnx.ModelProto], small_products: None):
    with pytest.raises(KeyError):
        quantise(graph_of("bert"), SCHEMES[0])

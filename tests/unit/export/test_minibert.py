from __future__ import annotations

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

from emoscope.export.activation_ranges import activation_ranges
from emoscope.export.quantise import SCHEMES, quantise
from emoscope.export.trace import fused_graph, operators
from emoscope.models.minibert_config import MiniBertConfig

WORDS = 60
POOLINGS = ("mean", "max", "mean_max", "first", "first_max")


def minibert(**settings: Any) -> Any:
    """A random MiniBERT, none of whose weights is near what they start from."""
    torch.manual_seed(1)
    sizes = {
        "vocab_size": WORDS, "embedding_size": 20, "hidden_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 4, "intermediate_size": 24, "num_labels": 5,
    }  # fmt: skip
    config = MiniBertConfig(**{**sizes, **settings})
    model = transformers.AutoModelForSequenceClassification.from_config(config)
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(0.2 * torch.randn_like(weights))
    return model.eval()


def batch(n: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Random ids; every text after the first is padded on the right, each more than the last."""
    ids = np.random.default_rng(n * length).integers(5, WORDS, (n, length))
    mask = np.ones_like(ids)
    for row in range(1, n):
        mask[row, max(1, length - 2 * row) :] = 0
    return ids, mask


def opened(graph: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    return onnxruntime.InferenceSession(graph.SerializeToString(), options)


def in_torch(model: Any, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return model(torch.from_numpy(ids), torch.from_numpy(mask)).logits.numpy()


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"num_hidden_layers": 1},
        {"local_mixing": False, "num_attention_heads": 2},
        {"rotary_base": 300.0, "layer_norm_eps": 1e-3, "num_hidden_layers": 3},
    ],
    ids=["two blocks", "one block", "no local mixing", "three blocks"],
)
def test_it_answers_as_in_torch(pooling: str, sizes: dict[str, Any]):
    model = minibert(pooling=pooling, **sizes)
    graph = fused_graph(model)
    onnx.checker.check_model(graph, full_check=True)
    session = opened(graph)
    # more tokens than max_position_embeddings, too: the weights know no limit
    for n, length in ((1, 1), (1, 5), (4, 12), (2, 600)):
        ids, mask = batch(n, length)
        found = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        np.testing.assert_allclose(found, in_torch(model, ids, mask), atol=3e-5)


def test_padding_on_the_left():
    model = minibert()
    ids, mask = batch(1, 9)
    mask[:, :3] = 0
    found = opened(fused_graph(model)).run(None, {"input_ids": ids, "attention_mask": mask})[0]
    np.testing.assert_allclose(found, in_torch(model, ids, mask), atol=3e-5)


def test_a_text_of_padding_only_is_finite():
    ids, mask = batch(1, 4)
    feed = {"input_ids": ids, "attention_mask": 0 * mask}
    assert np.isfinite(opened(fused_graph(minibert())).run(None, feed)[0]).all()


def test_what_depends_on_the_word_alone_is_in_the_table():
    graph = fused_graph(minibert()).graph
    (lookup,) = [node for node in graph.node if node.op_type == "Gather"]
    (table,) = [tensor for tensor in graph.initializer if tensor.name == lookup.input[0]]
    assert tuple(table.dims) == (WORDS, 32)  # the blocks' width: norm and projection are in it
    assert not [t.name for t in graph.initializer if 20 in t.dims]  # width of word vectors


def test_angles_and_masks_are_made_once():
    found = operators(fused_graph(minibert(num_hidden_layers=4)))
    assert (found["Cos"], found["Sin"], found["Cast"], found["Expand"]) == (1, 1, 2, 1)
    assert found["RotaryEmbedding"] == 2 * 4


@pytest.mark.parametrize("pooling", ["first", "first_max"])
def test_the_last_block_works_on_the_first_token_where_nothing_else_is_read(pooling: str):
    graph = fused_graph(minibert(pooling=pooling))
    wide = [node.output[0] for node in graph.graph.node if node.op_type in ("Gelu", "MatMul")]
    for name in wide:
        graph.graph.output.append(onnx.helper.make_tensor_value_info(name, 1, None))
    ids, mask = batch(2, 7)
    states = opened(graph).run(wide, {"input_ids": ids, "attention_mask": mask})
    lengths = [state.shape[1] for state in states]
    # of 7 products and a GELU a block, the second needs only keys and values of every token
    assert (lengths.count(7), lengths.count(1)) == (8 + 2, 6)


def test_a_live_model_is_unharmed():
    model = minibert().train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    fused_graph(model)
    assert set(before) == set(model.state_dict())
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())
    assert model.training
    ids, mask = map(torch.from_numpy, batch(2, 8))
    model(ids, mask).logits.sum().backward()  # and goes on learning, its word table too
    assert model.get_input_embeddings().weight.grad.abs().sum() > 0


@pytest.mark.usefixtures("small_products")
@pytest.mark.parametrize("pooling", POOLINGS)
def test_in_bytes_scores_stay_near_and_padding_changes_nothing(pooling: str):
    graph = fused_graph(minibert(pooling=pooling, num_labels=3))
    batches = [batch(1, n) for n in (3, 9, 20, 25)]
    static = quantise(graph, SCHEMES[0], activation_ranges(graph, batches))
    found = operators(static)
    # queries, keys, values, output, gate, up and down of two blocks
    assert found["MatMulIntegerToFloat"] == 2 * 7
    assert found["QLinearConv"] == 2
    assert not {"Pad", "MultiHeadAttention", "DequantizeLinear"} & set(found)
    int8, fp32 = opened(static), opened(graph)
    ids, mask = batch(4, 20)
    feed = {"input_ids": ids, "attention_mask": mask}
    scores, expected = int8.run(None, feed)[0], fp32.run(None, feed)[0]
    noise = np.sqrt(np.square(scores - expected).mean()) / expected.std()
    assert 1e-5 < noise < 0.2, "quantised; random weights magnify every rounding"
    n = int(mask[3].sum())
    alone = int8.run(None, {"input_ids": ids[3:, :n], "attention_mask": mask[3:, :n]})[0]
    np.testing.assert_allclose(alone, scores[3:], atol=1e-4)


@pytest.mark.usefixtures("small_products")
def test_the_first_token_is_cut_out_of_bytes():
    graph = fused_graph(minibert(pooling="first"))
    static = quantise(graph, SCHEMES[0], activation_ranges(graph, [batch(1, 9)]))
    makers = {name: node for node in static.graph.node for name in node.output}
    cuts = [makers[node.input[0]].op_type for node in static.graph.node if node.op_type == "Slice"]
    # the query's input, and the residual
    assert sorted(cuts) == ["Add", "QLinearConv"]

"""The graph of a MiniBERT, written node by node.

A traced graph follows the model's code: it turns queries and keys with a dozen nodes, computes the
angles again in every block, and half of its time goes into nodes that move data. Written out, a
block is twenty nodes, and what is known beforehand is not computed:

* the norm and the projection of a word vector depend on the word alone: they are in the table;
* rotary positions are onnxruntime's ``RotaryEmbedding``, with one table of angles for all blocks;
* where the first token alone is read, the last block has one query, and its feed-forward part works
  on one token a text.

Shapes: b texts, t tokens, h channels, a heads, d = h / a channels a head, n labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper
from torch import Tensor

from emoscope.export.graph import MICROSOFT, Attribute, Graph
from emoscope.export.local_mixing import write_local_mixing
from emoscope.models.minibert import MiniBertForSequenceClassification

_HIDDEN = 1e4
"""Taken from the score of a token that is not to be seen; infinity would make NaN of padding."""


def write_minibert(
    model: MiniBertForSequenceClassification, inputs: tuple[str, str], output: str, opset: int
) -> onnx.ModelProto:
    """Return the graph of ``model``; ``inputs`` are the names of ids and mask, both (b, t)."""
    writer = _Writer(_empty(inputs, output, model.config.num_labels, opset), model.config)
    states = writer.embed(model, inputs[0])
    writer.read_mask(inputs[1])
    *layers, last = model.minibert.layers
    for layer in layers:
        states = writer.block(layer, states, writer.norm(layer.attention_norm, states))
    first_only = model.config.pooling in ("first", "first_max")
    normed = writer.norm(last.attention_norm, states)
    states = writer.block(last, states, normed, first_only=first_only)
    pooled = writer.pool(writer.norm(model.minibert.norm, states), normed)
    head = model.classifier
    weights, bias = writer.weights(head.weight), writer.weights(head.bias)
    writer.graph.add("Gemm", [pooled, weights, bias], output, attributes={"transB": 1})
    return writer.graph.build()


def _empty(inputs: Iterable[str], output: str, n_labels: int, opset: int) -> onnx.ModelProto:
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        [], "minibert",
        [tensor(name, TensorProto.INT64, ["batch", "length"]) for name in inputs],
        [tensor(output, TensorProto.FLOAT, ["batch", n_labels])],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", opset)]
    version = helper.find_min_ir_version_for(opsets)
    return helper.make_model(
        graph, producer_name="emoscope", opset_imports=opsets, ir_version=version
    )


class _Writer:
    """Adds nodes to a graph; methods take and give names of tensors."""

    def __init__(self, model: onnx.ModelProto, config: Any) -> None:
        self.graph = Graph(model)
        self._config = config
        self._angles: tuple[str, str] | None = None
        self._kept = self._length = ""
        self._bias = self._first_bias = self._square_bias = ""

    def node(
        self, op_type: str, *inputs: str, domain: str = "",
        attributes: Mapping[str, Attribute] | None = None,
    ) -> str:  # fmt: skip
        """One node with one output."""
        name = self.graph.free_name(op_type.lower())
        return self.graph.add(op_type, inputs, name, domain=domain, attributes=attributes)

    def floats(self, name: str) -> str:
        """Whole numbers as floats."""
        return self.node("Cast", name, attributes={"to": TensorProto.FLOAT})

    def numbers(self, *values: int) -> str:
        """A list of whole numbers."""
        return self.graph.add_constant("numbers", np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        """A single float."""
        return self.graph.add_constant("number", np.float32(value))

    def weights(self, values: Tensor | npt.NDArray[np.float32]) -> str:
        """A constant."""
        if isinstance(values, Tensor):
            values = values.detach().float().cpu().numpy()
        return self.graph.add_constant("weights", np.ascontiguousarray(values))

    def embed(self, model: MiniBertForSequenceClassification, ids: str) -> str:
        """What the first block gets of each word, (b, t, h)."""
        embeddings = model.minibert.embeddings
        table = embeddings.project(embeddings.norm(embeddings.word_embeddings.weight.detach()))
        return self.node("Gather", self.weights(table), ids)

    def read_mask(self, mask: str) -> None:
        """Make what blocks and pooling take of the ``mask`` (b, t), once for all."""
        axes = self.numbers(1, 2)
        self._kept = self.floats(mask)  # (b, t)
        less = self.node("Sub", self._kept, self.number(1.0))
        self._bias = self.node("Mul", less, self.number(_HIDDEN))  # (b, t): 0 or -10,000
        self._first_bias = self.node("Unsqueeze", self._bias, axes)  # (b, 1, 1, t)
        one = self.numbers(1)
        self._length = self.node("Shape", mask, attributes={"start": 1})
        shape = self.node("Concat", one, one, self._length, one, attributes={"axis": 0})
        self._square_bias = self.node("Expand", self._first_bias, shape)  # (b, 1, t, t)

    def norm(self, norm: Any, states: str) -> str:
        """A layer norm."""
        scale, shift = self.weights(norm.weight), self.weights(norm.bias)
        settings: dict[str, Attribute] = {"axis": -1, "epsilon": float(norm.eps)}
        return self.node("LayerNormalization", states, scale, shift, attributes=settings)

    def product(self, states: str, weights: Tensor) -> str:
        """``states`` times weights as torch holds them, (outputs, inputs)."""
        return self.node("MatMul", states, self.weights(weights.detach().T))

    def block(self, layer: Any, states: str, normed: str, *, first_only: bool = False) -> str:
        """One block, from ``states``, also given ``normed``, to states (b, t, h).

        ``first_only``: to those of the first tokens, (b, 1, h).
        """
        if layer.local is not None:
            keep = self.node("Unsqueeze", self._kept, self.numbers(2))
            weights = layer.local.weight.detach().float().cpu().numpy()
            normed = write_local_mixing(self.graph, normed, keep, weights)
        query, key, value = layer.attention.query_key_value.weight.chunk(3)
        keys, values = self.rotate(self.product(normed, key)), self.product(normed, value)
        bias = self._square_bias
        if first_only:
            # position 0 is turned by no angle
            states, bias = self.first(states), self._first_bias
            queries = self.product(self.first(normed), query)
        else:
            queries = self.rotate(self.product(normed, query))
        mixed = self.node(
            "MultiHeadAttention", queries, keys, values, "", "", bias,
            domain=MICROSOFT, attributes={"num_heads": self._config.num_attention_heads},
        )  # fmt: skip
        states = self.node("Add", states, self.product(mixed, layer.attention.output.weight))
        normed = self.norm(layer.feed_forward_norm, states)
        gate, up = layer.feed_forward.up.weight.chunk(2)
        gated = self.node("Gelu", self.product(normed, gate))
        wide = self.node("Mul", gated, self.product(normed, up))
        return self.node("Add", states, self.product(wide, layer.feed_forward.output.weight))

    def first(self, states: str) -> str:
        """The first tokens of ``states`` (b, t, h): (b, 1, h)."""
        axis, name = self.numbers(1), self.graph.free_name(f"{states}:first_token")
        return self.graph.add("Slice", [states, self.numbers(0), axis, axis], name)

    def rotate(self, states: str) -> str:
        """Turn queries or keys (b, t, h), as :func:`emoscope.models.minibert.rotate` does."""
        cosines, sines = self._rotary_tables()
        return self.node(
            "RotaryEmbedding", states, self.numbers(0), cosines, sines,
            domain=MICROSOFT, attributes={"num_heads": self._config.num_attention_heads},
        )  # fmt: skip

    def _rotary_tables(self) -> tuple[str, str]:
        """Cosines and sines (t, d/2) for texts of this batch's length, made once for all blocks."""
        if self._angles is None:
            width = self._config.hidden_size // self._config.num_attention_heads
            pairs = np.arange(0, width, 2, dtype=np.float32)
            turns = np.power(self._config.rotary_base, -pairs / width, dtype=np.float32)
            length = self.node("Squeeze", self.floats(self._length))
            places = self.node("Range", self.number(0.0), length, self.number(1.0))  # (t,)
            column = self.node("Unsqueeze", places, self.numbers(1))
            angles = self.node("Mul", column, self.weights(turns))
            self._angles = self.node("Cos", angles), self.node("Sin", angles)
        return self._angles

    def pool(self, states: str, read: str) -> str:
        """One vector of each text's ``states`` (b, t, h), or of its first token's (b, 1, h).

        ``read`` (b, t, h) is what the last block reads.
        """
        pooling = self._config.pooling
        parts = []
        if pooling in ("first", "first_max"):
            parts.append(self.node("Squeeze", states, self.numbers(1)))
        if pooling in ("mean", "mean_max"):
            count = self.node("ReduceSum", self._kept, self.numbers(1))
            share = self.node("Div", self._kept, self.node("Max", count, self.number(1.0)))
            row = self.node("Unsqueeze", share, self.numbers(1))  # (b, 1, t)
            parts.append(self.node("Squeeze", self.node("MatMul", row, states), self.numbers(1)))
        if pooling in ("max", "mean_max", "first_max"):
            bias = self.node("Unsqueeze", self._bias, self.numbers(2))
            seen = self.node("Add", read if pooling == "first_max" else states, bias)
            flat: dict[str, Attribute] = {"keepdims": 0}
            parts.append(self.node("ReduceMax", seen, self.numbers(1), attributes=flat))
        if len(parts) == 1:
            return parts[0]
        return self.node("Concat", *parts, attributes={"axis": -1})

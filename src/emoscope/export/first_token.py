"""Compute only what the first token needs, where nothing else is read.

Many classifiers use the state of the first token alone (``[CLS]``, ``<s>``). Then the last
layer computes queries, output projection and feed-forward part for all tokens and throws all but
one away: of the work of a six-layer encoder that is a seventh. This pass finds the selection of the
first token and moves it up through every node that works on each token by itself, up to the last
attention, which keeps all keys and values but gets a single query. The scores stay the same.
"""

from __future__ import annotations

import numpy as np
import onnx

from emoscope.export.graph import MICROSOFT, Graph, attribute, attributes
from emoscope.export.projections import is_plain_attention, write_projections

# Nodes whose output at a token depends on nothing but their inputs at that token. Where an input
# is a constant (weights, biases) it belongs to all tokens alike.
_TOKENWISE = frozenset(
    {
        "Add", "BiasGelu", "FastGelu", "Gelu", "LayerNormalization", "MatMul", "Mul", "Relu",
        "Sub", "Tanh",
    }
)  # fmt: skip


def select_first_token_early(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return ``model``, or an equal one that does less where it reads the first token only."""
    graph = Graph(model)
    selections = [node for node in graph.nodes if _selects_first_token(graph, node)]
    narrow = _only_first_needed(graph, selections)
    if not narrow:
        return model
    slices: dict[str, str] = {}
    for node in [n for n in graph.nodes if n.output[0] in narrow]:
        if node.op_type == "Attention":
            _query_first_token(graph, node, slices)
            continue
        wide = node.input[:1] if node.op_type == "MultiHeadAttention" else node.input
        for i, name in enumerate(wide):
            if name and name not in narrow and not graph.is_constant(name):
                node.input[i] = _first(graph, name, slices)
    return graph.build()


def _selects_first_token(graph: Graph, node: onnx.NodeProto) -> bool:
    """Whether ``node`` is ``states[:, 0]``, as torch's exporter writes it."""
    if node.op_type != "Gather" or attribute(node, "axis") != 1:
        return False
    name = node.input[1]
    return graph.is_constant(name) and bool(np.all(np.asarray(graph.constant(name)) == 0))


def _only_first_needed(graph: Graph, selections: list[onnx.NodeProto]) -> set[str]:
    """Tensors (b, t, h) of which every reader needs the first token only."""
    consumers, producers = graph.consumers(), graph.producers()
    chosen = {id(node) for node in selections}
    outputs = set(graph.outputs)
    narrow: set[str] = set()
    waiting = [node.input[0] for node in selections]
    while waiting:
        name = waiting.pop()
        node = producers.get(name)
        if node is None or name in narrow or name in outputs:
            continue
        if not _can_narrow(graph, node):
            continue
        if not all(
            id(reader) in chosen or (reader.output[0] in narrow and _reads_tokenwise(reader, name))
            for reader in consumers[name]
        ):
            continue  # tried again when another of its readers turns out to be narrow
        narrow.add(name)
        if node.op_type == "MultiHeadAttention":
            waiting.append(node.input[0])
        elif node.op_type in _TOKENWISE:
            waiting.extend(node.input)
    return narrow


def _reads_tokenwise(reader: onnx.NodeProto, name: str) -> bool:
    if reader.op_type == "MultiHeadAttention":  # a query needs no other query, but all keys
        return reader.input[0] == name and name not in reader.input[1:]
    return reader.op_type in _TOKENWISE


def _can_narrow(graph: Graph, node: onnx.NodeProto) -> bool:
    if node.op_type == "Attention":
        return is_plain_attention(graph, node)
    if node.op_type == "MultiHeadAttention":
        # a bias of the attention scores (b, heads, t, t) would have to be narrowed with the query
        return len(node.input) < 6 or not node.input[5]
    if node.op_type not in _TOKENWISE:
        return False
    if node.op_type == "LayerNormalization":
        return attribute(node, "axis") in (None, -1)
    if node.op_type == "MatMul":  # weights on the right, or it would mix tokens
        return graph.shape_of(node.input[1]) is not None
    # a constant along tokens would not fit the narrowed tensor
    return all(
        len(shape) < 2 or shape[-2] == 1
        for shape in (graph.shape_of(name) for name in node.input)
        if shape is not None
    )


def _query_first_token(graph: Graph, node: onnx.NodeProto, slices: dict[str, str]) -> None:
    """Write ``Attention`` as three products and ``MultiHeadAttention`` with one query a text."""
    states = node.input[0]
    mask = node.input[3] if len(node.input) > 3 else ""
    inputs = write_projections(graph, node, (_first(graph, states, slices), states, states))
    graph.remove([node])
    graph.add(
        "MultiHeadAttention",
        [*inputs, "", mask] if mask else inputs,
        node.output[0],
        domain=MICROSOFT,
        attributes=attributes(node, "num_heads", "scale", "mask_filter_value"),
    )


def _first(graph: Graph, name: str, slices: dict[str, str]) -> str:
    """``tensor[:, :1]``, one node for all who ask."""
    if name not in slices:
        zero = graph.add_constant("first_token:start", np.array([0], dtype=np.int64))
        one = graph.add_constant("first_token:end", np.array([1], dtype=np.int64))
        slices[name] = graph.add(
            "Slice", [name, zero, one, one], graph.free_name(f"{name}:first_token")
        )
    return slices[name]

"""The matrix products of a graph that are worth quantising, each with what belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx

from emoscope.export.graph import Graph, attribute, attributes

LEAST_WEIGHTS = 1 << 15
"""Smaller ones stay float: the classification head is sensitive, and costs and weighs nothing."""


@dataclass(frozen=True, eq=False)
class Product:
    """``output = input @ weights + bias``."""

    node: onnx.NodeProto
    """``MatMul`` or ``Gemm``."""
    input: str
    output: str
    weights: npt.NDArray[np.float32]
    """Shape (inputs, outputs)."""
    bias: npt.NDArray[np.float32] | None
    absorbed: tuple[onnx.NodeProto, ...] = ()
    """Nodes beside ``node`` whose work is done here: the addition of the bias."""


def products(graph: Graph) -> Iterator[Product]:
    """All products with at least :data:`LEAST_WEIGHTS` constant weights, in the order of nodes."""
    consumers = graph.consumers()
    for node in graph.nodes:
        shape = graph.shape_of(node.input[1]) if len(node.input) > 1 else None
        if shape is None or len(shape) != 2 or shape[0] * shape[1] < LEAST_WEIGHTS:
            continue
        if node.op_type == "MatMul":
            yield _with_bias(graph, node, consumers)
        elif node.op_type == "Gemm" and _is_plain(node):
            weights = _floats(graph, node.input[1])
            bias = _floats(graph, node.input[2]) if len(node.input) > 2 else None
            if attribute(node, "transB"):
                weights = np.ascontiguousarray(weights.T)
            yield Product(node, node.input[0], node.output[0], weights, bias)


def _with_bias(
    graph: Graph, node: onnx.NodeProto, consumers: dict[str, list[onnx.NodeProto]]
) -> Product:
    weights = _floats(graph, node.input[1])
    readers = consumers[node.output[0]]
    if len(readers) == 1 and readers[0].op_type == "Add" and node.output[0] not in graph.outputs:
        added = [name for name in readers[0].input if name != node.output[0]]
        if added and graph.shape_of(added[0]) == weights.shape[1:]:
            bias = _floats(graph, added[0])
            return Product(node, node.input[0], readers[0].output[0], weights, bias, (readers[0],))
    return Product(node, node.input[0], node.output[0], weights, None)


def _is_plain(node: onnx.NodeProto) -> bool:
    given = attributes(node, "alpha", "beta", "transA")
    return given.get("alpha", 1.0) == given.get("beta", 1.0) == 1.0 and not given.get("transA")


def _floats(graph: Graph, name: str) -> npt.NDArray[np.float32]:
    return np.asarray(graph.constant(name), dtype=np.float32)

"""Queries, keys and values: the three products that onnxruntime's ``Attention`` holds in one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx

from emoscope.export.graph import MICROSOFT, Graph, attribute, attributes

_OPSET = 23
"""The first one with attention as an operator."""


def write_projections(graph: Graph, node: onnx.NodeProto, sources: Sequence[str]) -> list[str]:
    """Write the products of ``Attention`` one by one; each of ``sources`` (b, t, h) gives one.

    Returns the names of queries, keys and values, all (b, t, h).
    """
    weights, bias = node.input[1:3]
    out = node.output[0]
    names = []
    for part, w, b, source in zip(
        ("query", "key", "value"),
        np.split(graph.constant(weights), 3, axis=1),  # (h, 3h)
        np.split(graph.constant(bias), 3),  # (3h,)
        sources,
        strict=True,
    ):
        product = graph.add(
            "MatMul",
            [source, graph.add_constant(f"{weights}:{part}", np.ascontiguousarray(w))],
            graph.free_name(f"{out}:{part}_product"),
        )
        names.append(
            graph.add(
                "Add",
                [product, graph.add_constant(f"{bias}:{part}", np.ascontiguousarray(b))],
                graph.free_name(f"{out}:{part}"),
            )
        )
    return names


def is_plain_attention(graph: Graph, node: onnx.NodeProto) -> bool:
    """Whether ``node`` is ``Attention`` with constant weights, a mask at most, nothing further."""
    if (node.domain, node.op_type) != (MICROSOFT, "Attention"):
        return False
    given = [i for i, name in enumerate(node.input) if name]
    return (
        set(given) <= {0, 1, 2, 3}
        and graph.is_constant(node.input[1])
        and graph.is_constant(node.input[2])
        and not attribute(node, "unidirectional")
        and not attribute(node, "qkv_hidden_sizes")
        and len(node.output) == 1
    )


def write_standard_attention(graph: Graph) -> None:
    """Write each ``Attention`` of onnxruntime as three products and the ``Attention`` of ONNX.

    In integers onnxruntime's own makes its products text by text and head by head, matrices of
    twenty rows and thirty columns. Three products over the whole batch and the standard's operator
    take a fifth less time; see benchmarks/operators.md. So does ``MultiHeadAttention``, whose
    queries, keys and values are made already.
    """
    _write_multi_head_attention(graph)
    squares: dict[str, str] = {}
    for node in [n for n in graph.nodes if is_plain_attention(graph, n)]:
        graph.remove([node])
        scale = {name: value for name, value in attributes(node, "scale").items() if value}
        heads = attributes(node, "num_heads")["num_heads"]
        inputs = write_projections(graph, node, [node.input[0]] * 3)
        mask = node.input[3] if len(node.input) > 3 else ""
        if mask:
            if mask not in squares:
                squares[mask] = _seen(graph, mask)
            inputs.append(squares[mask])
        graph.add(
            "Attention",
            inputs,
            node.output[0],
            attributes={"q_num_heads": heads, "kv_num_heads": heads, **scale},
        )
        graph.need_opset(_OPSET)


def _write_multi_head_attention(graph: Graph) -> None:
    for node in [n for n in graph.nodes if n.op_type == "MultiHeadAttention"]:
        given = [i for i, name in enumerate(node.input) if name]
        if given not in ([0, 1, 2], [0, 1, 2, 5]) or len(node.output) > 1:
            continue  # a bias of the products, or a mask (b, t)
        graph.remove([node])
        scale = {name: value for name, value in attributes(node, "scale").items() if value}
        heads = attributes(node, "num_heads")["num_heads"]
        graph.add(
            "Attention",
            [node.input[i] for i in given],
            node.output[0],
            attributes={"q_num_heads": heads, "kv_num_heads": heads, **scale},
        )
        graph.need_opset(_OPSET)


def _seen(graph: Graph, mask: str) -> str:
    """Which tokens each token sees, (b, 1, t, t), where a mask (b, t) is not 0."""

    def name(part: str) -> str:
        return graph.free_name(f"{mask}:{part}")

    def constant(part: str, *values: int) -> str:
        return graph.add_constant(f"attention:{part}", np.array(values, dtype=np.int64))

    seen = graph.add("Cast", [mask], name("seen"), attributes={"to": onnx.TensorProto.BOOL})
    row = graph.add("Unsqueeze", [seen, constant("axes", 1, 2)], name("row"))  # (b, 1, 1, t)
    length = graph.add("Shape", [mask], name("length"), attributes={"start": 1})
    ones = constant("ones", 1)
    shape = graph.add("Concat", [ones, ones, length, ones], name("shape"), attributes={"axis": 0})
    return graph.add("Expand", [row, shape], name("square"))

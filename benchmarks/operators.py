"""What the operators of an int8 encoder cost, one by one, on one core.

    python benchmarks/operators.py > benchmarks/operators.md

Sixteen texts of twenty tokens through MiniLM's sizes; the least of 200 runs. Operators made of
several nodes are timed together.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import onnxruntime
from onnx import NodeProto, TensorProto, helper, numpy_helper

TEXTS, TOKENS, HIDDEN, WIDE, HEADS = 16, 20, 384, 1536, 12
RUNS = 200
MICROSOFT = "com.microsoft"


def product(name: str, outputs: int, source: str = "bytes") -> tuple[NodeProto, dict[str, Any]]:
    """An int8 product of the bytes of ``x`` with random weights, and its constants."""
    random = np.random.default_rng(1)
    constants = {
        f"{name}:w": random.integers(-64, 65, (HIDDEN, outputs)).astype(np.int8),
        f"{name}:s": np.full(outputs, 1e-3, np.float32),
        f"{name}:z": np.zeros(outputs, np.int8),
        f"{name}:b": np.zeros(outputs, np.float32),
    }
    given = [source, f"{name}:w", "s", f"{name}:s", "b", f"{name}:z", f"{name}:b"]
    return helper.make_node("MatMulIntegerToFloat", given, [name], domain=MICROSOFT), constants


def attention(way: str) -> tuple[list[NodeProto], dict[str, Any]]:
    """From bytes to mixed values: queries, keys and values made and attended to."""
    node = helper.make_node
    nodes = [node("QuantizeLinear", ["x", "s", "b"], ["bytes"])]
    if way == "QAttention":
        _, constants = product("all", 3 * HIDDEN)
        given = ["bytes", "all:w", "all:b", "s", "all:s", "", "b", "all:z"]
        nodes.append(node(way, given, ["y"], domain=MICROSOFT, num_heads=HEADS))
        return nodes, constants
    parts = [product(name, HIDDEN) for name in ("query", "key", "value")]
    nodes += [made for made, _ in parts]
    names = ["query", "key", "value"]
    if way == "MultiHeadAttention":
        nodes.append(node(way, names, ["y"], domain=MICROSOFT, num_heads=HEADS))
    else:
        nodes.append(node(way, names, ["y"], q_num_heads=HEADS, kv_num_heads=HEADS))
    return nodes, {name: value for _, held in parts for name, value in held.items()}


def milliseconds(
    nodes: Sequence[NodeProto],
    width: int,
    kind: int = TensorProto.FLOAT,
    more: dict[str, Any] | None = None,
) -> float:
    """Run ``nodes`` from ``x`` (and ``z``) to ``y``, beside the constants below and ``more``."""
    random = np.random.default_rng(0)
    feeds = {
        name: random.standard_normal((TEXTS, TOKENS, width)).astype(np.float32)
        for name in ("x", "z")
        if any(name in node.input for node in nodes)
    }
    constants = {
        "ones": np.ones(width, np.float32),
        "zeros": np.zeros(width, np.float32),
        "s": np.float32(0.03),
        "b": np.uint8(10),
        **(more or {}),
    }
    inputs = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, v.shape) for n, v in feeds.items()
    ]
    graph = helper.make_graph(
        list(nodes), "operator", inputs, [helper.make_tensor_value_info("y", kind, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 23), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=11)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    least = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        session.run(None, feeds)
        least = min(least, time.perf_counter() - start)
    return 1000 * least


def main() -> None:
    node = helper.make_node
    norm = {"axis": -1, "epsilon": 1e-12}
    rows = [
        ("GELU, exact", WIDE, [node("Gelu", ["x"], ["y"])]),
        ("GELU through tanh", WIDE, [node("Gelu", ["x"], ["y"], approximate="tanh")]),
        ("QuantizeLinear", WIDE, [node("QuantizeLinear", ["x", "s", "b"], ["y"])]),
        ("Mul by channel", WIDE, [node("Mul", ["x", "ones"], ["y"])]),
        ("QuantizeLinear", HIDDEN, [node("QuantizeLinear", ["x", "s", "b"], ["y"])]),
        ("Add", HIDDEN, [node("Add", ["x", "z"], ["y"])]),
        ("Add, then LayerNormalization", HIDDEN, [
            node("Add", ["x", "z"], ["sum"]),
            node("LayerNormalization", ["sum", "ones", "zeros"], ["y"], **norm),
        ]),
        ("SkipLayerNormalization, the two fused", HIDDEN, [
            node("SkipLayerNormalization", ["x", "z", "ones", "zeros"], ["y"],
                 domain=MICROSOFT, epsilon=1e-12),
        ]),
    ]  # fmt: skip
    print("# Operators of an int8 encoder\n")
    print(
        f"{date.today().isoformat()}, onnxruntime {onnxruntime.__version__}, one core, {TEXTS} "
        f"texts of {TOKENS} tokens, the least of {RUNS} runs. Made with "
        "`python benchmarks/operators.py`.\n"
    )
    print("| operator | width | milliseconds |\n| --- | --- | --- |")
    for name, width, nodes in rows:
        kind = TensorProto.UINT8 if nodes[-1].op_type == "QuantizeLinear" else TensorProto.FLOAT
        print(f"| {name} | {width} | {milliseconds(nodes, width, kind):.3f} |")
    for way, name in (
        ("QAttention", "QAttention"),
        ("MultiHeadAttention", "three products, then MultiHeadAttention"),
        ("Attention", "three products, then the standard's Attention"),
    ):
        nodes, constants = attention(way)
        print(f"| {name} | {HIDDEN} | {milliseconds(nodes, HIDDEN, more=constants):.3f} |")


if __name__ == "__main__":
    main()

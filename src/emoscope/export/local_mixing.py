"""MiniBERT's local mixing: in floats two shifted products, in bytes a depthwise convolution.

onnxruntime's convolution of floats wants channels before tokens, and is slow on short texts. That
of bytes, which its own optimizer makes of convolutions in int8 models, takes channels last, and a
quarter of the time of the shifted products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx

from emoscope.export.graph import MICROSOFT, Attribute, Graph

_PADS = (0, 1, 0, 0, 1, 0)
"""A row of zeros before and behind the tokens of (b, t, h)."""


@dataclass(frozen=True, eq=False)
class LocalMixing:
    """``output = input + left neighbour * weights[0] + right neighbour * weights[1]``."""

    nodes: tuple[onnx.NodeProto, ...]
    input: str
    """Shape (b, t, h), zeros where padding is."""
    output: str
    weights: npt.NDArray[np.float32]
    """Shape (2, h)."""


def write_local_mixing(
    graph: Graph, states: str, keep: str, weights: npt.NDArray[np.float32]
) -> str:
    """Mix ``states`` (b, t, h) where ``keep`` (b, t, 1) is 1; ``weights`` are (2, h)."""

    def name(part: str) -> str:
        return graph.free_name(f"{states}:{part}")

    def numbers(*values: int) -> str:
        return graph.add_constant("numbers", np.array(values, dtype=np.int64))

    kept = graph.add("Mul", [states, keep], name("kept"))
    padded = graph.add("Pad", [kept, numbers(*_PADS)], name("padded"))
    mixed, axis = kept, numbers(1)
    for side, start, end, row in (("left", 0, -2, 0), ("right", 2, 1 << 31, 1)):
        shifted = graph.add("Slice", [padded, numbers(start), numbers(end), axis], name(side))
        factor = graph.add_constant("weights", np.ascontiguousarray(weights[row]))
        part = graph.add("Mul", [shifted, factor], name(f"{side}_part"))
        mixed = graph.add("Add", [mixed, part], name(f"{side}_mixed"))
    return mixed


def local_mixings(graph: Graph) -> Iterator[LocalMixing]:
    """Every local mixing in ``graph``, as :func:`write_local_mixing` writes it."""
    consumers = graph.consumers()
    for pad in [node for node in graph.nodes if node.op_type == "Pad"]:
        slices = sorted(consumers[pad.output[0]], key=lambda node: _start(graph, node))
        if [_start(graph, node) for node in slices] != [0, 2]:
            continue
        products = [consumers[node.output[0]][0] for node in slices]
        first = consumers[products[0].output[0]][0]
        second = consumers[products[1].output[0]][0]
        if [n.op_type for n in (*products, first, second)] != ["Mul", "Mul", "Add", "Add"]:
            continue
        weights = [np.asarray(graph.constant(node.input[1]), np.float32) for node in products]
        yield LocalMixing(
            (pad, *slices, *products, first, second),
            pad.input[0],
            second.output[0],
            np.stack(weights),
        )


def write_in_bytes(
    graph: Graph, mixing: LocalMixing, read: tuple[str, str, str], made: tuple[str, str]
) -> str:
    """Replace ``mixing`` by a convolution of bytes; return its bytes.

    ``read`` are the bytes of its input, their scale and zero point; ``made`` are scale and zero
    point of its output.
    """
    name = mixing.output
    left, right = mixing.weights
    kernels = np.stack((left, np.ones_like(left), right), axis=1)  # (h, 3)
    steps = np.abs(kernels).max(axis=1) / np.float32(127)
    weights = np.rint(kernels / steps[:, None]).astype(np.int8)
    graph.remove(mixing.nodes)
    given = [
        graph.add_constant(f"{name}:int8", weights[:, None]),  # (h, 1, 3)
        graph.add_constant(f"{name}:steps", steps),
        graph.add_constant(f"{name}:zeros", np.zeros(len(steps), dtype=np.int8)),
    ]
    one_a_channel: dict[str, Attribute] = {"group": len(steps), "kernel_shape": (3,)}
    return graph.add(
        "QLinearConv",
        [*read, *given, *made],
        graph.free_name(f"{name}:bytes"),
        domain=MICROSOFT,
        attributes={**one_a_channel, "pads": (1, 1), "channels_last": 1},
    )


def _start(graph: Graph, node: onnx.NodeProto) -> int:
    """Where a slice starts; -1 for another node."""
    if node.op_type != "Slice" or not graph.is_constant(node.input[1]):
        return -1
    return int(np.asarray(graph.constant(node.input[1])).ravel()[0])

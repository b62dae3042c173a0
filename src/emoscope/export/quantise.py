"""The int8 graph: matrix products in 8-bit integers, word tables in 8-bit rows.

Weights are quantised symmetrically, one scale a column, to seven bits: x86 processors without VNNI
instructions add pairs of products of unsigned and signed bytes in 16 bits, and 2 * 255 * 64 is the
most that fits. With eight bits these sums saturate without a sign, and accuracy goes.

Activations are quantised to unsigned bytes in one of two ways:

* ``static``: the range of each tensor is measured beforehand on texts. A text then has the same
  scores whatever texts share its batch, and no pass over the data looks for its extremes.
* ``dynamic``: the range is that of the batch at hand. Safe on texts unlike those measured, but the
  scores of a text change a little with its neighbours.

The product is onnxruntime's own operator (``MatMulIntegerToFloat``), which every build of it has,
browsers' included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnx

from emoscope.export.activation_ranges import Range
from emoscope.export.graph import MICROSOFT, Graph, attribute
from emoscope.export.local_mixing import LocalMixing, local_mixings, write_in_bytes
from emoscope.export.matmuls import Product, products
from emoscope.export.unfuse import laid_out

WEIGHT_LIMIT = 64
"""Greatest weight: 2 * 255 * 64 = 32,640 fits into 16 bits."""
_LEAST_TABLE = 1 << 10
"""Values in a table that is worth quantising."""


@dataclass(frozen=True)
class Scheme:
    """One way to quantise."""

    name: str
    activations: Literal["static", "dynamic"]
    neurons: float = 1.0
    """Share of feed-forward neurons that stay; see :mod:`emoscope.export.prune`."""


SCHEMES = (
    Scheme("static", "static"),
    Scheme("dynamic", "dynamic"),
)
"""Sensible ways, the best first: see benchmarks/quantisation.md."""


def schemes_with(neurons: float) -> tuple[Scheme, ...]:
    """:data:`SCHEMES`, and before them one that keeps only a share of the neurons, if asked for."""
    if neurons >= 1.0:
        return SCHEMES
    name = f"static, {neurons:.0%} of the neurons"
    return (Scheme(name, "static", neurons=neurons), *SCHEMES)


def quantise(
    model: onnx.ModelProto, scheme: Scheme, ranges: Mapping[str, Range] | None = None
) -> onnx.ModelProto:
    """Return an int8 copy of ``model``; ``static`` needs the ``ranges`` of all product inputs.

    Raises KeyError when one of these is missing.
    """
    graph = laid_out(model)
    inputs = _Bytes(graph, (ranges or {}) if scheme.activations == "static" else None)
    if scheme.activations == "static":
        for mixing in list(local_mixings(graph)):
            inputs.mix(mixing)
    for product in list(products(graph)):
        _quantise_product(graph, product, inputs.of(product.input))
    _quantise_tables(graph)
    _approximate_gelu(graph)
    return graph.build()


def quantise_columns(
    weights: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Int8 weights (inputs, outputs) and the scale of each column (outputs,)."""
    # a column of zeros stays zeros
    scale = np.maximum(np.abs(weights).max(axis=0), np.float32(1e-12)) / np.float32(WEIGHT_LIMIT)
    return np.rint(weights / scale).astype(np.int8), scale.astype(np.float32)


class _Bytes:
    """Tensors as bytes, made once however many products read them."""

    def __init__(self, graph: Graph, ranges: Mapping[str, Range] | None) -> None:
        """Of the measured ``ranges``, or of the batch at hand without any."""
        self._graph = graph
        self._ranges = ranges
        self._made: dict[str, tuple[str, str, str]] = {}

    def of(self, name: str) -> tuple[str, str, str]:
        """Names of the bytes of tensor ``name``, their scale and their zero point."""
        if name not in self._made:
            make = self._dynamic if self._ranges is None else self._static
            self._made[name] = make(name)
        return self._made[name]

    def mix(self, mixing: LocalMixing) -> None:
        """Let a local mixing read and give bytes."""
        name = mixing.output
        scale, zero = self._constants(name)
        values = write_in_bytes(self._graph, mixing, self.of(mixing.input), (scale, zero))
        made = self._made[name] = values, scale, zero
        # for the node that takes the first token of it, which in the end takes it of the bytes
        self._graph.add("DequantizeLinear", made, name, domain=MICROSOFT)

    def _dynamic(self, name: str) -> tuple[str, str, str]:
        values, scale, zero = (
            self._graph.free_name(f"{name}:{part}") for part in ("bytes", "scale", "zero")
        )
        self._graph.add("DynamicQuantizeLinear", [name], values, more_outputs=[scale, zero])
        return values, scale, zero

    def _static(self, name: str) -> tuple[str, str, str]:
        graph = self._graph
        cut = graph.producers().get(name)
        if cut is not None and cut.op_type == "Slice" and cut.input[0] in self._made:
            whole, scale, zero = self._made[cut.input[0]]
            part = graph.free_name(f"{whole}:{name.rpartition(':')[2]}")
            return graph.add("Slice", [whole, *cut.input[1:]], part), scale, zero
        scale, zero = self._constants(name)
        values = graph.free_name(f"{name}:bytes")
        # onnxruntime's own: it has had the standard's for opset 23 only since 1.24
        graph.add("QuantizeLinear", [name, scale, zero], values, domain=MICROSOFT)
        return values, scale, zero

    def _constants(self, name: str) -> tuple[str, str]:
        """Scale and zero point for the measured range of a tensor, which both hold zero."""
        seen = (self._ranges or {})[name]
        low, high = min(seen.low, 0.0), max(seen.high, 0.0)
        step = max(high - low, 1e-9) / 255.0
        scale = self._graph.add_constant(f"{name}:scale", np.float32(step))
        zero = np.uint8(np.clip(np.rint(-low / step), 0, 255))
        return scale, self._graph.add_constant(f"{name}:zero", zero)


def _quantise_product(graph: Graph, product: Product, read: tuple[str, str, str]) -> None:
    quantised, scale = quantise_columns(product.weights)
    name = product.node.input[1]
    w = graph.add_constant(f"{name}:int8", quantised)
    w_scale = graph.add_constant(f"{name}:scale", scale)
    w_zero = graph.add_constant(f"{name}:zero", np.zeros(len(scale), dtype=np.int8))
    graph.remove([product.node, *product.absorbed])
    values, scale_name, zero = read
    given = [values, w, scale_name, w_scale, zero, w_zero]
    if product.bias is not None:
        given.append(graph.add_constant(f"{name}:bias", product.bias))
    graph.add("MatMulIntegerToFloat", given, product.output, domain=MICROSOFT)


def _quantise_tables(graph: Graph) -> None:
    """Store the rows of word and position tables as bytes with a scale each."""
    for node in graph.nodes:
        shape = graph.shape_of(node.input[0]) if node.op_type == "Gather" else None
        if shape is None or len(shape) != 2 or shape[0] * shape[1] < _LEAST_TABLE:
            continue
        table = graph.constant(node.input[0])
        if table.dtype != np.float32 or attribute(node, "axis") not in (None, 0):
            continue
        name, indices, out = node.input[0], node.input[1], node.output[0]
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-12) / 127.0
        rows = np.rint(table / scale).astype(np.int8)
        graph.remove([node])
        found = graph.add(
            "Gather",
            [graph.add_constant(f"{name}:int8", rows), indices],
            graph.free_name(f"{out}:int8"),
        )
        factor = graph.add(
            "Gather",
            [graph.add_constant(f"{name}:scale", scale.astype(np.float32)), indices],
            graph.free_name(f"{out}:scale"),
        )
        wide = graph.add(
            "Cast", [found], graph.free_name(f"{out}:float"),
            attributes={"to": onnx.TensorProto.FLOAT},
        )  # fmt: skip
        graph.add("Mul", [wide, factor], out)


def _approximate_gelu(graph: Graph) -> None:
    """Compute GELU through tanh: less than 0.0005 apart, in two thirds of the time."""
    for node in [n for n in graph.nodes if n.op_type == "Gelu"]:
        graph.remove([node])
        graph.add("Gelu", [node.input[0]], node.output[0], attributes={"approximate": "tanh"})

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
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import onnx

from emoscope.export.activation_ranges import Range
from emoscope.export.graph import MICROSOFT, Graph, attribute
from emoscope.export.matmuls import Product, products
from emoscope.export.unfuse import laid_out

WEIGHT_LIMIT = 64
"""Greatest weight: 2 * 255 * 64 = 32,640 fits into 16 bits."""
_OUTLYING_SHARE = 0.005
"""Most of the channels that may count as outlying."""
_FAR_BEYOND = 1.5
"""How far beyond ordinary channels an outlying one reaches."""
_LEAST_TABLE = 1 << 10
"""Values in a table that is worth quantising."""


@dataclass(frozen=True)
class Scheme:
    """One way to quantise."""

    name: str
    activations: Literal["static", "dynamic"]
    tanh_gelu: bool = True
    """Compute GELU through tanh, which differs by less than 0.0005 and takes two thirds of the
    time."""
    equalise: bool = True
    """Even out the channels of layer norms before they are quantised together, and add what
    outlying channels behind GELU hold beyond the bytes (static only)."""
    float_products: tuple[str, ...] = ()
    """Products whose output's name holds one of these stay float."""
    neurons: float = 1.0
    """Share of feed-forward neurons that stay; see :mod:`emoscope.export.prune`."""


SCHEMES = (
    Scheme("static", "static"),
    Scheme("dynamic", "dynamic"),
    Scheme("dynamic, exact GELU", "dynamic", tanh_gelu=False),
)
"""Sensible ways, the best first: see benchmarks/quantisation.md."""


def schemes_with(neurons: float) -> tuple[Scheme, ...]:
    """The sensible ways, before them one that keeps only a share of the neurons, if asked for.

    What is lost by leaving neurons out is more than what uneven channels lose, so these are not
    treated: the graph has a quarter of its nodes less.
    """
    if neurons >= 1.0:
        return SCHEMES
    name = f"static, {neurons:.0%} of the neurons"
    return (Scheme(name, "static", equalise=False, neurons=neurons), *SCHEMES)


def quantise(
    model: onnx.ModelProto, scheme: Scheme, ranges: Mapping[str, Range] | None = None
) -> onnx.ModelProto:
    """Return an int8 copy of ``model``; ``static`` needs the ``ranges`` of all product inputs.

    Raises KeyError when one of these is missing.
    """
    graph = laid_out(model)
    inputs: _Inputs = _Dynamic(graph)
    if scheme.activations == "static":
        inputs = _Static(graph, ranges or {}, equalise=scheme.equalise)
    for product in list(products(graph)):
        if any(part in product.output for part in scheme.float_products):
            continue
        _quantise_product(graph, product, inputs.bytes_of(product.input))
    _quantise_tables(graph)
    if scheme.tanh_gelu:
        _approximate_gelu(graph)
    return graph.build()


def quantise_columns(
    weights: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Int8 weights (inputs, outputs) and the scale of each column (outputs,)."""
    # a column of zeros stays zeros
    scale = np.maximum(np.abs(weights).max(axis=0), np.float32(1e-12)) / np.float32(WEIGHT_LIMIT)
    return np.rint(weights / scale).astype(np.int8), scale.astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Bytes:
    """A quantised tensor: names of its bytes, their scale and their zero point."""

    values: str
    scale: str
    zero: str
    factors: npt.NDArray[np.float32] | None = None
    """Shape (h,): what each channel was multiplied by before; its weights are to be divided."""
    outliers: _Outliers | None = None
    """Channels that reach beyond what bytes can say; the rest of them is to be added."""


@dataclass(frozen=True, eq=False)
class _Outliers:
    """A few channels of an activation that reach several times as far as all others."""

    source: str
    """The tensor as floats."""
    channels: npt.NDArray[np.int64]
    limit: float
    """Greatest value that the bytes can say."""


class _Inputs(Protocol):
    def bytes_of(self, name: str) -> _Bytes:
        """Tensor ``name`` as bytes, made once however many products read them."""


class _Dynamic:
    """Ranges are those of the batch at hand."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._made: dict[str, _Bytes] = {}

    def bytes_of(self, name: str) -> _Bytes:
        if name not in self._made:
            values, scale, zero = (
                self._graph.free_name(f"{name}:{part}") for part in ("bytes", "scale", "zero")
            )
            made = _Bytes(values, scale, zero)
            self._graph.add(
                "DynamicQuantizeLinear", [name], made.values, more_outputs=[made.scale, made.zero]
            )
            self._made[name] = made
        return self._made[name]


class _Static:
    """Ranges are those measured before."""

    def __init__(self, graph: Graph, ranges: Mapping[str, Range], *, equalise: bool) -> None:
        self._graph = graph
        self._ranges = ranges
        self._made: dict[str, _Bytes] = {}
        makers = graph.producers() if equalise else {}
        self._uneven = {name for name, n in makers.items() if n.op_type == "LayerNormalization"}
        self._one_sided = {name for name, n in makers.items() if n.op_type == "Gelu"}

    def bytes_of(self, name: str) -> _Bytes:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> _Bytes:
        graph, seen, source, factors = self._graph, self._ranges[name], name, None
        if name in self._uneven:
            factors = even_factors(seen)
            seen = seen.scaled(factors)
            even = graph.add_constant(f"{name}:even", factors)
            source = graph.add("Mul", [name, even], graph.free_name(f"{name}:evened"))
        low, high = min(float(seen.low.min()), 0.0), max(float(seen.high.max()), 0.0)
        outliers = None
        if name in self._one_sided:
            limit, channels = outlying_channels(seen)
            if len(channels):
                outliers, high = _Outliers(name, channels, limit), limit
        step = max(high - low, 1e-9) / 255.0
        scale = graph.add_constant(f"{name}:scale", np.float32(step))
        zero = graph.add_constant(f"{name}:zero", np.uint8(np.clip(np.rint(-low / step), 0, 255)))
        values = graph.free_name(f"{name}:bytes")
        # onnxruntime's own: it has had the standard's for opset 23 only since 1.24
        graph.add("QuantizeLinear", [source, scale, zero], values, domain=MICROSOFT)
        return _Bytes(values, scale, zero, factors, outliers)


def outlying_channels(seen: Range) -> tuple[float, npt.NDArray[np.int64]]:
    """The greatest value of ordinary channels, and the channels that go far beyond it.

    In trained encoders one of a thousand channels behind GELU reaches four times as far as all
    others (Dettmers et al., 2022, "LLM.int8()"), and bytes that reach as far leave these a
    quarter of the steps.
    """
    high = np.maximum(seen.high, np.float32(1e-6))
    limit = float(np.percentile(high, 100.0 * (1.0 - _OUTLYING_SHARE), method="lower"))
    channels = np.flatnonzero(high > _FAR_BEYOND * limit)
    ordinary = np.delete(high, channels)
    return float(ordinary.max(initial=limit)), channels.astype(np.int64)


def even_factors(seen: Range) -> npt.NDArray[np.float32]:
    """Factors (h,), geometric mean 1, that halve the differences of channels in reach.

    In trained encoders a few channels of a layer norm reach ten times as far as all others and
    leave these a handful of the 255 steps. Full evenness would only move the trouble into the
    weights, which are divided by the factors; the square root shares it (SmoothQuant, Xiao et al.,
    2023).
    """
    reach = seen.reach
    logs = -0.5 * np.log(reach)
    return np.asarray(np.exp(logs - logs.mean()), dtype=np.float32)


def _quantise_product(graph: Graph, product: Product, read: _Bytes) -> None:
    weights = product.weights
    if read.factors is not None:
        weights = weights / read.factors[:, None]
    quantised, scale = quantise_columns(weights)
    name = product.node.input[1]
    w = graph.add_constant(f"{name}:int8", quantised)
    w_scale = graph.add_constant(f"{name}:scale", scale)
    w_zero = graph.add_constant(f"{name}:zero", np.zeros(len(scale), dtype=np.int8))
    graph.remove([product.node, *product.absorbed])
    given = [read.values, w, read.scale, w_scale, read.zero, w_zero]
    if product.bias is not None:
        given.append(graph.add_constant(f"{name}:bias", product.bias))
    if read.outliers is None:
        graph.add("MatMulIntegerToFloat", given, product.output, domain=MICROSOFT)
        return
    most = graph.free_name(f"{product.output}:most")
    graph.add("MatMulIntegerToFloat", given, most, domain=MICROSOFT)
    graph.add("Add", [most, _beyond(graph, product, read.outliers)], product.output)


def _beyond(graph: Graph, product: Product, outliers: _Outliers) -> str:
    """What the part of outlying channels that bytes cannot say adds to a product, in floats."""
    name = outliers.source
    chosen = graph.add(
        "Gather",
        [name, graph.add_constant(f"{name}:outlying", outliers.channels)],
        graph.free_name(f"{name}:outliers"),
        attributes={"axis": -1},
    )
    limit = graph.add_constant(f"{name}:limit", np.float32(outliers.limit))
    over = graph.add("Sub", [chosen, limit], graph.free_name(f"{name}:over"))
    excess = graph.add("Relu", [over], graph.free_name(f"{name}:excess"))
    rows = np.ascontiguousarray(product.weights[outliers.channels])
    weights = graph.add_constant(f"{product.node.input[1]}:outlying", rows)
    return graph.add("MatMul", [excess, weights], graph.free_name(f"{product.output}:beyond"))


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
    for node in [n for n in graph.nodes if n.op_type == "Gelu"]:
        graph.remove([node])
        graph.add("Gelu", [node.input[0]], node.output[0], attributes={"approximate": "tanh"})

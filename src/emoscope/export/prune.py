"""Remove the feed-forward neurons of a graph that the others can stand in for.

Two thirds of an encoder's work is done for the neurons of its feed-forward layers, and a quarter of
these add little that the others do not (:mod:`emoscope.models.neurons`). Labels are not used.

Every layer keeps the same share. Sharing by each layer's own loss was tried and was worse: what
early layers lose, later ones have to live with.

Shapes: t tokens, k neurons, h channels of the layer's output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx

from emoscope.export.activation_ranges import Batch, watching
from emoscope.export.graph import Graph
from emoscope.export.matmuls import Product, products
from emoscope.export.unfuse import laid_out
from emoscope.models.neurons import Matrix, choose_neurons, kept_neurons

PRUNING_TEXTS = 6000
"""Texts that tell which neurons can go."""
LEAST_TOKENS = 8
"""Tokens a neuron that are needed to tell neurons apart."""
MOST_BYTES = 1 << 30
"""Moments held at once; the layers of a large model take several passes."""
_ACTIVATIONS = frozenset({"Gelu", "FastGelu", "QuickGelu", "Relu"})


@dataclass(frozen=True, eq=False)
class FeedForward:
    """Two products with an elementwise activation between them."""

    first: Product
    second: Product

    @property
    def hidden(self) -> str:
        """The tensor of neurons behind the activation."""
        return self.second.input

    @property
    def size(self) -> int:
        """How many neurons there are."""
        return len(self.second.weights)


def feed_forwards(graph: Graph) -> Iterator[FeedForward]:
    """The feed-forward layers of a graph; gated ones, as of ModernBERT, are not among them."""
    found = list(products(graph))
    by_output = {product.output: product for product in found}
    producers, consumers = graph.producers(), graph.consumers()
    for second in found:
        between = producers.get(second.input)
        if between is None or between.op_type not in _ACTIVATIONS:
            continue
        first = by_output.get(between.input[0])
        alone = all(len(consumers[name]) == 1 for name in (between.input[0], second.input))
        if first is not None and alone:
            yield FeedForward(first, second)


def prune(model: onnx.ModelProto, batches: Sequence[Batch], share: float) -> onnx.ModelProto | None:
    """``model`` with about ``share`` of the neurons of each feed-forward layer, laid out.

    ``batches`` are texts whose outputs are to stay as they are, without padding. None where there
    is nothing to leave out, or too few tokens to tell by.
    """
    graph = laid_out(model)
    layers = [layer for layer in feed_forwards(graph) if kept_neurons(layer.size, share)]
    n_tokens = sum(ids.size for ids, _ in batches)
    if not layers or n_tokens < LEAST_TOKENS * max(layer.size for layer in layers):
        return None
    whole = graph.build()
    for part in _parts(layers):
        moments = _moments(whole, [layer.hidden for layer in part], batches)
        for layer, moment in zip(part, moments, strict=True):
            _narrow(graph, layer, moment, kept_neurons(layer.size, share))
    return graph.build()


def _parts(layers: Sequence[FeedForward]) -> Iterator[list[FeedForward]]:
    """Layers whose moments fit into memory together."""
    part: list[FeedForward] = []
    for layer in layers:
        if part and sum(8 * (one.size + 1) ** 2 for one in [*part, layer]) > MOST_BYTES:
            yield part
            part = []
        part.append(layer)
    yield part


def _narrow(graph: Graph, layer: FeedForward, moments: Matrix, keep: int) -> None:
    first, second = layer.first, layer.second
    bias = np.zeros(second.weights.shape[1]) if second.bias is None else second.bias
    weights = np.vstack([second.weights, bias]).astype(np.float64)
    chosen, refitted = choose_neurons(moments, weights, keep)
    first_bias = None if first.bias is None else first.bias[chosen]
    _replace(graph, first, first.weights[:, chosen], first_bias)
    _replace(graph, second, refitted[:-1], refitted[-1])


def _moments(
    model: onnx.ModelProto, names: Sequence[str], batches: Iterable[Batch]
) -> list[Matrix]:
    """For each tensor (b, t, k) of ``model``, its moments (k + 1, k + 1) over all tokens."""
    session = watching(model, names)
    found: list[Matrix] = []
    for ids, mask in batches:
        states = session.run(list(names), {"input_ids": ids, "attention_mask": mask})
        for i, state in enumerate(states):
            rows = state.reshape(-1, state.shape[-1])
            rows = np.hstack([rows, np.ones((len(rows), 1), np.float32)])
            if i == len(found):
                found.append(np.zeros((rows.shape[1],) * 2))
            found[i] += rows.T @ rows
    return found


def _replace(
    graph: Graph, product: Product, weights: npt.ArrayLike, bias: npt.ArrayLike | None
) -> None:
    """Replace a product by one with other weights (inputs, outputs) and bias (outputs,)."""
    name = product.node.input[1]
    graph.remove([product.node, *product.absorbed])
    kept = graph.add_constant(f"{name}:kept", np.asarray(weights, dtype=np.float32))
    if bias is None:
        graph.add("MatMul", [product.input, kept], product.output)
        return
    made = graph.add("MatMul", [product.input, kept], graph.free_name(f"{product.output}:product"))
    added = graph.add_constant(f"{name}:bias", np.asarray(bias, dtype=np.float32))
    graph.add("Add", [made, added], product.output)

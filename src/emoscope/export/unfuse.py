"""The float graph in the shape that integers want: the first step of quantising and pruning."""

from __future__ import annotations

import onnx

from emoscope.export.graph import Graph
from emoscope.export.projections import write_standard_attention


def laid_out(model: onnx.ModelProto) -> Graph:
    """``model`` with the standard's attention, and additions apart from GELU.

    Ranges are measured, neurons are left out and products are quantised on this graph: names of
    its tensors mean the same to all three. Laying it out once more changes nothing.
    """
    graph = Graph(model)
    write_standard_attention(graph)
    _split_bias_gelu(graph)
    return graph


def _split_bias_gelu(graph: Graph) -> None:
    """Write ``BiasGelu`` as addition and GELU: the integer product adds its bias for nothing."""
    for node in [n for n in graph.nodes if n.op_type == "BiasGelu"]:
        graph.remove([node])
        biased = graph.add("Add", list(node.input), graph.free_name(f"{node.output[0]}:biased"))
        graph.add("Gelu", [biased], node.output[0])

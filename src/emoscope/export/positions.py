"""Rows of a position table, read in order: one slice in place of a lookup.

Encoders of the BERT family look up the row of each token's place in the text. The places are
0, 1, 2, ..., so the rows are the head of the table. The row that stands for the only segment of a
text is added to each of them beforehand.
"""

from __future__ import annotations

import numpy as np
import onnx

from emoscope.export.graph import Graph, attribute


def slice_positions(graph: Graph) -> None:
    """Replace lookups of places in order by slices of their table."""
    for node in [n for n in graph.nodes if n.op_type == "Gather"]:
        length = _length_of_places(graph, node)
        readers = graph.consumers()[node.output[0]]
        # the rows lose their leading 1, which only an addition does not mind
        if length is None or len(readers) != 1 or readers[0].op_type != "Add":
            continue
        table = np.asarray(graph.constant(node.input[0]), dtype=np.float32)
        row = _take_constant_row(graph, readers[0], node.output[0], table.shape[1])
        graph.remove([node])
        zero = graph.add_constant("positions:start", np.array([0], dtype=np.int64))
        rows = graph.add_constant(f"{node.input[0]}:rows", table if row is None else table + row)
        graph.add("Slice", [rows, zero, length, zero], node.output[0])


def _length_of_places(graph: Graph, lookup: onnx.NodeProto) -> str | None:
    """The tensor that says how many of the places 0, 1, 2, ... are looked up; None for others."""
    table = graph.shape_of(lookup.input[0])
    if table is None or len(table) != 2 or attribute(lookup, "axis") not in (None, 0):
        return None
    cut = graph.producers().get(lookup.input[1])
    if cut is None or cut.op_type != "Slice" or len(cut.input) < 4:
        return None
    places, start, length, axes = cut.input[:4]
    constants = [places, start, axes, *cut.input[4:]]
    if not all(graph.is_constant(name) for name in constants):
        return None
    values = [np.asarray(graph.constant(name)).ravel() for name in constants]
    in_order = np.array_equal(values[0], np.arange(table[0]))
    from_the_first = values[1].tolist() == [0] and all(v.tolist() == [1] for v in values[2:])
    if not (in_order and from_the_first and graph.shape_of(places) == (1, table[0])):
        return None
    return str(length)


def _take_constant_row(
    graph: Graph, addition: onnx.NodeProto, rows: str, width: int
) -> np.ndarray[tuple[int], np.dtype[np.float32]] | None:
    """Take a constant (h,) out of what ``addition`` adds to ``rows``; None where there is none."""
    place = 1 if addition.input[0] == rows else 0
    other = addition.input[place]
    before = graph.producers().get(other)
    if before is None or before.op_type != "Add" or len(graph.consumers()[other]) != 1:
        return None
    for i, name in enumerate(before.input):
        if graph.shape_of(name) == (width,):
            addition.input[place] = before.input[1 - i]
            return np.asarray(graph.constant(name), dtype=np.float32)
    return None

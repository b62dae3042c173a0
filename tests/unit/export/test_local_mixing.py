from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

import onnx
from onnx import TensorProto, helper

from emoscope.export.graph import MICROSOFT, Graph
from emoscope.export.local_mixing import local_mixings, write_in_bytes, write_local_mixing

WEIGHTS = np.array([[10.0, 0.5], [2.0, -1.0]], np.float32)  # left, right


def mixing_graph() -> Graph:
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        [], "test",
        [tensor("states", 1, ["b", "t", 2]), tensor("keep", 1, ["b", "t", 1])],
        [tensor("y", 1, None)],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 20)]
    made = Graph(helper.make_model(graph, opset_imports=opsets, ir_version=9))
    made.add("Identity", [write_local_mixing(made, "states", "keep", WEIGHTS)], "y")
    return made


def run(model: onnx.ModelProto, states: list, keep: list) -> np.ndarray:
    feed = {
        "states": np.array([states], np.float32),
        "keep": np.array([keep], np.float32)[:, :, None],
    }
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed)[0][0]


def test_neighbours_by_hand():
    states, keep = [[1, 4], [3, 6], [5, 100]], [1, 1, 0]
    # 1 + 2*3, 4 - 6; 3 + 10*1 + 2*0, 6 + .5*4 - 0, since the third is padding
    assert run(mixing_graph().build(), states, keep)[:2].tolist() == [[7, -2], [13, 8]]


def test_it_is_found_again():
    (found,) = local_mixings(Graph(mixing_graph().build()))
    assert found.weights.tolist() == WEIGHTS.tolist()
    assert len(found.nodes) == 7


def test_other_shifts_are_left_alone():
    graph = mixing_graph()
    for node in graph.nodes:
        if node.op_type == "Slice":
            node.input[1] = graph.add_constant("start", np.array([1]))
    assert not list(local_mixings(graph))


def test_in_bytes_it_gives_the_same():
    graph = mixing_graph()
    (mixing,) = local_mixings(graph)

    def constants(name: str, step: float) -> tuple[str, str]:
        zero = graph.add_constant(f"{name}:zero", np.uint8(128))
        return graph.add_constant(f"{name}:step", np.float32(step)), zero

    # steps of which all values here are whole numbers, and weights that are powers of two
    read, made = constants("read", 0.5), constants("made", 1.0)
    graph.add("QuantizeLinear", [mixing.input, *read], "bytes", domain=MICROSOFT)
    values = write_in_bytes(graph, mixing, ("bytes", *read), made)
    graph.add("DequantizeLinear", [values, *made], mixing.output, domain=MICROSOFT)
    built = graph.build()
    assert {node.op_type for node in built.graph.node} >= {"QLinearConv"}
    assert not [node for node in built.graph.node if node.op_type == "Pad"]
    states, keep = [[1, 4], [3, 6], [5, 100], [0, -20]], [1, 1, 0, 1]
    expected = run(mixing_graph().build(), states, keep)
    np.testing.assert_allclose(run(built, states, keep), expected, atol=1.01)
    assert built.graph.output[0].type.tensor_type.elem_type == TensorProto.FLOAT

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx")

import onnx
from onnx import TensorProto, helper, numpy_helper

from emoscope.export.graph import Graph, attribute, attributes


@pytest.fixture
def model() -> onnx.ModelProto:
    """y = relu(x + two) * three, with the constant three in a node of its own."""
    value = numpy_helper.from_array(np.array([3.0], np.float32))
    nodes = [
        helper.make_node("Constant", [], ["three"], value=value),
        helper.make_node("Add", ["x", "two"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["positive"]),
        helper.make_node("Mul", ["positive", "three"], ["y"]),
    ]
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "test",
        [tensor("x", TensorProto.FLOAT, ["n"])],
        [tensor("y", TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(np.array([2.0], np.float32), "two")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def test_constants_are_found_wherever_they_are_kept(model):
    graph = Graph(model)
    assert graph.constant("two").tolist() == [2.0]
    assert graph.constant("three").tolist() == [3.0]
    assert graph.shape_of("three") == (1,)
    assert not graph.is_constant("sum")
    assert graph.shape_of("sum") is None


def test_who_makes_and_who_reads(model):
    graph = Graph(model)
    assert graph.producers()["sum"].op_type == "Add"
    assert [node.op_type for node in graph.consumers()["positive"]] == ["Mul"]


def test_build_sorts_nodes_and_drops_what_nothing_reads(model):
    graph = Graph(model)
    mul = graph.producers()["y"]
    graph.remove([mul])
    graph.add_constant("unused", [1.0])
    graph.add("Neg", ["sum"], "nobody")
    doubled = graph.add("Add", ["positive", "positive"], graph.free_name("positive"))
    graph.nodes.insert(0, graph.nodes.pop())  # before what it reads
    graph.add("Identity", [doubled], "y")
    built = graph.build()
    assert [node.op_type for node in built.graph.node] == ["Add", "Relu", "Add", "Identity"]
    assert [tensor.name for tensor in built.graph.initializer] == ["two"]
    onnx.checker.check_model(built, full_check=True)


def test_the_original_stays_as_it_was(model):
    before = model.SerializeToString()
    graph = Graph(model)
    graph.nodes[0].input[0] = "three"
    graph.build()
    assert model.SerializeToString() == before


def test_names_stay_unique(model):
    graph = Graph(model)
    assert graph.free_name("new") == "new"
    assert graph.free_name("new") == "new_1"
    assert graph.add_constant("two", [5.0]) == "two_1"


def test_domains_of_added_nodes_are_declared(model):
    graph = Graph(model)
    graph.remove([graph.producers()["positive"]])
    graph.add("Gelu", ["sum"], "positive", domain="com.microsoft", attributes={"note": "x", "n": 2})
    built = graph.build()
    assert {opset.domain: opset.version for opset in built.opset_import} == {
        "": 17,
        "com.microsoft": 1,
    }
    (gelu,) = [node for node in built.graph.node if node.op_type == "Gelu"]
    assert attribute(gelu, "n") == 2
    assert attribute(gelu, "missing") is None
    assert attributes(gelu, "n", "missing") == {"n": 2}

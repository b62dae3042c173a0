from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("torch")
pytest.importorskip("transformers")


from onnx import TensorProto, helper, numpy_helper

from emoscope.export.activation_ranges import activation_ranges

pytestmark = pytest.mark.usefixtures("small_products")


def test_ranges_by_hand():
    """The states are id, -id, and 2 * mask; they feed a product of 3 x 100 weights."""
    tensor, node = helper.make_tensor_value_info, helper.make_node
    nodes = [
        node("Cast", ["input_ids"], ["ids"], to=TensorProto.FLOAT),
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        node("Neg", ["ids"], ["minus"]),
        node("Add", ["mask", "mask"], ["twice"]),
        *(node("Unsqueeze", [name, "last"], [name + "_3d"]) for name in ("ids", "minus", "twice")),
        node("Concat", ["ids_3d", "minus_3d", "twice_3d"], ["states"], axis=2),
        node("MatMul", ["states", "weights"], ["logits"]),
    ]
    inputs = [
        tensor(name, TensorProto.INT64, ["b", "t"]) for name in ("input_ids", "attention_mask")
    ]
    constants = [
        numpy_helper.from_array(np.zeros((3, 100), np.float32), "weights"),
        numpy_helper.from_array(np.array([2], np.int64), "last"),
    ]
    outputs = [tensor("logits", TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "test", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    ones = np.ones((1, 2), np.int64)
    batches = [(np.array([[3, 5]]), ones), (np.array([[9, 4]]), ones)]
    (found,) = activation_ranges(model, batches).values()
    assert (found.low, found.high) == (-9, 9)

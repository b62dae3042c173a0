"""A small editor for ONNX graphs: producers and consumers of tensors, and constants.

onnx itself stores nodes in a list only. The passes of this package look up, add and
remove nodes through :class:`Graph`; :meth:`Graph.build` sorts them and leaves out what nothing
reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import onnx
import onnx_ir
import onnx_ir.passes.common
from onnx import helper, numpy_helper

MICROSOFT = "com.microsoft"
"""Domain of the operators that onnxruntime has beyond the ONNX standard."""

Attribute = int | float | str | bytes | Sequence[int]


class Graph:
    """An editable copy of a model's main graph."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._model = model
        self._constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self.nodes: list[onnx.NodeProto] = []
        """In no promised order."""
        copy = onnx.ModelProto()
        copy.CopyFrom(model)  # so that edited nodes are not the caller's
        for node in copy.graph.node:
            value = attribute(node, "value") if node.op_type == "Constant" else None
            if isinstance(value, onnx.TensorProto):  # constants are all kept in one place
                named = onnx.TensorProto()
                named.CopyFrom(value)
                named.name = node.output[0]
                self._constants[named.name] = named
            else:
                self.nodes.append(node)
        self._names = {name for node in self.nodes for name in (*node.input, *node.output)}
        self._names |= set(self._constants)
        self._opset = 0

    def need_opset(self, version: int) -> None:
        """Let the built model use at least this version of the standard's operators."""
        self._opset = max(self._opset, version)

    @property
    def outputs(self) -> list[str]:
        """Names of the graph's outputs."""
        return [out.name for out in self._model.graph.output]

    def producers(self) -> dict[str, onnx.NodeProto]:
        """Tensor name -> the node that makes it."""
        return {name: node for node in self.nodes for name in node.output}

    def consumers(self) -> dict[str, list[onnx.NodeProto]]:
        """Tensor name -> the nodes that read it, once for each input that does."""
        found: dict[str, list[onnx.NodeProto]] = defaultdict(list)
        for node in self.nodes:
            for name in node.input:
                found[name].append(node)
        return found

    def is_constant(self, name: str) -> bool:
        """Whether ``name`` is a stored value and not computed."""
        return name in self._constants

    def shape_of(self, name: str) -> tuple[int, ...] | None:
        """The shape of a constant; None where ``name`` is not one."""
        tensor = self._constants.get(name)
        return None if tensor is None else tuple(tensor.dims)

    def constant(self, name: str) -> npt.NDArray[np.generic]:
        """The value of a constant; raises KeyError where ``name`` is not one."""
        value: npt.NDArray[np.generic] = numpy_helper.to_array(self._constants[name])
        return value

    def add_constant(self, wanted: str, value: npt.ArrayLike) -> str:
        """Store a constant under a free name like ``wanted``; return the name."""
        name = self.free_name(wanted)
        self._constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def free_name(self, wanted: str) -> str:
        """``wanted``, with a number behind it if it is taken."""
        name, n = wanted, 1
        while name in self._names:
            name, n = f"{wanted}_{n}", n + 1
        self._names.add(name)
        return name

    def add(
        self,
        op_type: str,
        inputs: Sequence[str],
        output: str,
        *,
        domain: str = "",
        attributes: Mapping[str, Attribute] | None = None,
        more_outputs: Sequence[str] = (),
    ) -> str:
        """Add a node and return the name of its first output."""
        name = self.free_name(f"{op_type}:{output}")
        outputs = [output, *more_outputs]
        given = dict(attributes or {})
        node = helper.make_node(op_type, list(inputs), outputs, name, domain=domain, **given)
        self.nodes.append(node)
        self._names.update(outputs)
        return output

    def remove(self, nodes: Collection[onnx.NodeProto]) -> None:
        """Take nodes out."""
        gone = {id(node) for node in nodes}
        self.nodes = [node for node in self.nodes if id(node) not in gone]

    def build(self) -> onnx.ModelProto:
        """Make a model of the nodes that the outputs need, each after those it reads."""
        built = onnx.ModelProto()
        built.CopyFrom(self._model)
        del built.graph.node[:], built.graph.initializer[:], built.graph.value_info[:]
        built.graph.node.extend(self.nodes)
        built.graph.initializer.extend(self._constants.values())
        known = {opset.domain for opset in built.opset_import}
        for domain in sorted({node.domain for node in self.nodes} - known - {"ai.onnx"}):
            built.opset_import.append(helper.make_opsetid(domain, 1))
        for opset in built.opset_import:
            if opset.domain in ("", "ai.onnx") and opset.version < self._opset:
                opset.version = self._opset
                least = helper.find_min_ir_version_for(built.opset_import, ignore_unknown=True)
                built.ir_version = max(built.ir_version, least)
        model = onnx_ir.from_proto(built)
        model.graph.sort()
        onnx_ir.passes.common.RemoveUnusedNodesPass()(model)
        onnx_ir.passes.common.RemoveUnusedOpsetsPass()(model)
        return onnx_ir.to_proto(model)


def attributes(node: onnx.NodeProto, *names: str) -> dict[str, Attribute]:
    """Those of the attributes ``names`` that the node has."""
    found = {given.name: helper.get_attribute_value(given) for given in node.attribute}
    return {name: found[name] for name in names if name in found}


def attribute(node: onnx.NodeProto, name: str) -> object:
    """The value of an attribute; None where the node has none of that name."""
    for found in node.attribute:
        if found.name == name:
            return helper.get_attribute_value(found)
    return None

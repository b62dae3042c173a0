"""Checks an ONNX file before onnxruntime opens it: no loops, no functions, no other files.

A graph without subgraphs and functions computes each node once, so it ends; one without external
data reads nothing beside itself. onnxruntime has no option that refuses these, and the ``onnx``
package is not part of the core, so the fields are read here. The format is protobuf's
(https://protobuf.dev/programming-guides/encoding), the field numbers are those of ``onnx.proto``
(https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Weights are skipped, not read.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from math import prod
from pathlib import Path

from emoscope.errors import ModelFolderError
from emoscope.model_folder.file_names import most_bytes

MOST_FIELDS = 1_000_000
"""Fields that are read, which bounds the time; the graph of a small encoder has 6,000."""
MOST_ELEMENTS = 1 << 27
"""Elements of a tensor whose shape a constant of the graph gives."""

# fields of ModelProto, GraphProto, NodeProto, AttributeProto and TensorProto
_GRAPH, _TRAINING, _FUNCTIONS = 7, 20, 25
_NODE, _INITIALIZER, _SPARSE_INITIALIZER = 1, 5, 15
_INPUT, _OUTPUT, _OP_TYPE, _ATTRIBUTE = 1, 2, 4, 5
_TENSOR, _SUBGRAPH, _INTS, _TENSORS, _SUBGRAPHS = 5, 6, 8, 10, 11
_INT64_DATA, _NAME, _RAW_DATA, _EXTERNAL_DATA, _DATA_LOCATION = 7, 8, 9, 13, 14

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SHAPE_INPUTS = {"ConstantOfShape": 0, "Expand": 1, "Tile": 1, "Resize": 3}
"""Operators that make tensors of any size, and which input says the size."""
_SHAPE_BYTES = 8 * 8
"""Bytes of the longest constant that is read as a shape: eight whole numbers of 64 bits."""

_NAME_BYTES = 10_000

_Field = tuple[int, int, int]
"""Number; start and end of its bytes, or its value and -1 where it is a number."""


def check_onnx_file(path: Path) -> None:
    """Raise :class:`ModelFolderError` for a file that is no ONNX graph, or no plain one."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size > most_bytes(path.name):
                raise _Refused(f"has {size:,} bytes, more than a graph can have")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                _OnnxFile(data).check()
    except _Refused as reason:
        raise ModelFolderError(
            f"{path} {reason}. emoscope does not open such a graph; export the model again."
        ) from None
    except (IndexError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise ModelFolderError(
            f"{path} is not a graph that onnxruntime can open: it is empty, cut short or no ONNX "
            "file. Copy the model folder again, or export the model again."
        ) from error


class _Refused(Exception):
    """What a graph does that is not allowed; a phrase that goes on with the file's name."""


class _OnnxFile:
    """Walks through the messages of one file."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._fields_left = MOST_FIELDS
        self._shapes: dict[bytes, list[int]] = {}
        """Values of the constants that may be shapes, by name."""

    def check(self) -> None:
        """Check the model."""
        graphs = 0
        for number, start, end in self._fields(0, len(self._data)):
            if number in (_FUNCTIONS, _TRAINING):
                raise _Refused("holds functions or training steps beside its graph")
            if number == _GRAPH:
                graphs += 1
                self._check_graph(start, end)
        if graphs != 1:
            raise _Refused(f"holds {graphs} graphs in place of one")

    def _check_graph(self, start: int, end: int) -> None:
        sized: list[tuple[str, bytes]] = []
        for number, first, last in self._fields(start, end):
            if number == _SPARSE_INITIALIZER:
                raise _Refused("holds sparse weights")
            if number == _INITIALIZER:
                name, shape = self._tensor(first, last)
                self._shapes[name] = shape
            elif number == _NODE:
                sized += self._node(first, last)
        for operator, name in sized:  # at the end, since initializers follow the nodes
            shape = self._shapes.get(name, [])
            if prod(map(abs, shape)) > MOST_ELEMENTS:
                raise _Refused(f"makes a tensor of {prod(map(abs, shape)):,} numbers ({operator})")

    def _node(self, start: int, end: int) -> list[tuple[str, bytes]]:
        """The operator of a node and the name of the shape it takes, if any."""
        operator, inputs, output = "", [], b""
        constant: list[int] = []
        for number, first, last in self._fields(start, end):
            if number == _INPUT:
                inputs.append(self._name(first, last))
            elif number == _OUTPUT:
                output = self._name(first, last)
            elif number == _OP_TYPE:
                operator = self._name(first, last).decode("ascii", "replace")
            elif number == _ATTRIBUTE:
                constant = self._attribute(first, last) or constant
        if operator == "Constant":
            self._shapes[output] = constant
        place = _SHAPE_INPUTS.get(operator)
        return [] if place is None or place >= len(inputs) else [(operator, inputs[place])]

    def _attribute(self, start: int, end: int) -> list[int]:
        """Whole numbers of an attribute, where they may be a shape."""
        values: list[int] = []
        for number, first, last in self._fields(start, end):
            if number in (_SUBGRAPH, _SUBGRAPHS):
                raise _Refused("holds a graph inside a graph, as loops and branches do")
            if number in (_TENSOR, _TENSORS):
                values = self._tensor(first, last)[1]
            elif number == _INTS:
                values += self._numbers(first, last)
        return values

    def _tensor(self, start: int, end: int) -> tuple[bytes, list[int]]:
        """Name of a tensor, and its values where it may be a shape."""
        name, values = b"", list[int]()
        for number, first, last in self._fields(start, end):
            if number == _NAME:
                name = self._name(first, last)
            elif number == _EXTERNAL_DATA or (number == _DATA_LOCATION and first):
                raise _Refused("keeps weights in another file")
            elif number == _RAW_DATA and 0 <= last - first <= _SHAPE_BYTES:
                raw = self._data[first:last]
                parts = [raw[i : i + 8] for i in range(0, len(raw), 8)]
                values = [int.from_bytes(part, "little", signed=True) for part in parts]
            elif number == _INT64_DATA:
                values += self._numbers(first, last)
        return name, values

    def _numbers(self, first: int, last: int) -> list[int]:
        """One number, or several that are packed into bytes, where they may be a shape."""
        if last < 0:
            return [first]
        values: list[int] = []
        while first < last <= first + _SHAPE_BYTES:
            value, first = self._varint(first)
            values.append(value if value < 1 << 63 else value - (1 << 64))
        return values

    def _name(self, first: int, last: int) -> bytes:
        if not 0 <= last - first <= _NAME_BYTES:
            raise ValueError("a name is too long, or no text")
        return self._data[first:last]

    def _fields(self, start: int, end: int) -> Iterator[_Field]:
        """The fields of the message that lies at ``start`` to ``end``."""
        while start < end:
            self._fields_left -= 1
            if self._fields_left < 0:
                raise _Refused(f"has more than {MOST_FIELDS:,} fields")
            tag, start = self._varint(start)
            wire, number = tag & 7, tag >> 3
            if wire == _VARINT:
                value, start = self._varint(start)
                yield number, value, -1
            elif wire == _BYTES:
                length, start = self._varint(start)
                if start + length > end:
                    raise IndexError("a field is longer than its message")
                yield number, start, start + length
                start += length
            elif wire in (_FIXED32, _FIXED64):
                start += 4 if wire == _FIXED32 else 8
            else:
                raise ValueError(f"wire type {wire}")
        if start != end:
            raise IndexError("a field is longer than its message")

    def _varint(self, start: int) -> tuple[int, int]:
        value = shift = 0
        while shift < 70:
            byte = self._data[start]
            start += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value, start
            shift += 7
        raise ValueError("a number of more than 64 bits")

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emoscope.errors import ModelFolderError
from emoscope.loading.catalogue import CATALOGUE
from emoscope.scorers import onnx_file
from emoscope.scorers.onnx_file import check_onnx_file


def varint(number: int) -> bytes:
    found = b""
    while number >= 128:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def field(number: int, content: bytes | int) -> bytes:
    """One field of a protobuf message: bytes, or a whole number."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def node(operator: bytes, *attributes: bytes, inputs: tuple[bytes, ...] = ()) -> bytes:
    parts = [field(1, name) for name in inputs] + [field(5, part) for part in attributes]
    return field(1, b"".join(parts) + field(4, operator) + field(2, b"out"))


def tensor(name: bytes, *values: int, raw: bool = True) -> bytes:
    content = field(9, np.array(values, "<i8").tobytes())
    packed = field(7, b"".join(varint(value) for value in values))
    return field(8, name) + (content if raw else packed)


def model(*graph: bytes) -> bytes:
    return field(1, 8) + field(7, b"".join(graph))


def check(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.onnx").write_bytes(content)
    check_onnx_file(tmp_path / "model.onnx")


@pytest.mark.parametrize("path", [*CATALOGUE["default"].folder.glob("onnx/*.onnx")])
def test_shipped_graphs(path: Path) -> None:
    check_onnx_file(path)


def test_plain_graphs(tmp_path: Path, tiny_folder: Path) -> None:
    for path in tiny_folder.glob("onnx/*.onnx"):
        check_onnx_file(path)
    check(tmp_path, model(node(b"Relu"), field(5, tensor(b"w", 1, 2, 3))))


INNER = field(1, b"then") + field(6, node(b"Relu"))


@pytest.mark.parametrize("operator", [b"Loop", b"If", b"Scan", b"SequenceMap", b"Anything"])
def test_graphs_inside_graphs(tmp_path: Path, operator: bytes) -> None:
    with pytest.raises(ModelFolderError, match="a graph inside a graph"):
        check(tmp_path, model(node(b"Relu"), node(operator, INNER)))
    with pytest.raises(ModelFolderError, match="a graph inside a graph"):
        check(tmp_path, model(node(operator, field(11, node(b"Relu")))))


def test_functions_and_training(tmp_path: Path) -> None:
    for number in (20, 25):
        with pytest.raises(ModelFolderError, match="functions or training steps"):
            check(tmp_path, model(node(b"Relu")) + field(number, b"\x0a\x01x"))


def test_a_second_graph_would_be_merged(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="2 graphs in place of one"):
        check(tmp_path, model(node(b"Relu")) + field(7, node(b"Relu")))


@pytest.mark.parametrize(
    "external", [field(14, 1), field(13, field(1, b"location") + field(2, b"../../secret"))]
)
def test_weights_in_other_files(tmp_path: Path, external: bytes) -> None:
    with pytest.raises(ModelFolderError, match="weights in another file"):
        check(tmp_path, model(field(5, tensor(b"w", 1) + external)))
    with pytest.raises(ModelFolderError, match="weights in another file"):
        check(tmp_path, model(node(b"Constant", field(5, tensor(b"w", 1) + external))))


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize(
    ("operator", "inputs"),
    [(b"ConstantOfShape", (b"s",)), (b"Expand", (b"x", b"s")), (b"Tile", (b"x", b"s"))],
)
def test_tensors_of_terabytes(
    tmp_path: Path, operator: bytes, inputs: tuple[bytes, ...], raw: bool
) -> None:
    asking = node(operator, inputs=inputs)
    with pytest.raises(ModelFolderError, match=r"makes a tensor of 10,000,000,000"):
        check(tmp_path, model(asking, field(5, tensor(b"s", 100_000, 100_000, raw=raw))))
    check(tmp_path, model(asking, field(5, tensor(b"s", 100, 100, raw=raw))))
    constant = node(b"Constant", field(5, tensor(b"", 100_000, 100_000, raw=raw)))
    named = tuple(b"out" if name == b"s" else name for name in inputs)
    with pytest.raises(ModelFolderError, match="makes a tensor"):
        check(tmp_path, model(constant, node(operator, inputs=named)))


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"\xff" * 100, b"not a graph", model(node(b"Relu"))[:-1], field(7, 3),
     varint(7 << 3 | 2) + varint(1 << 62), varint(7 << 3 | 3), model(field(1, field(4, 3)))],
)  # fmt: skip
def test_files_that_are_no_graphs(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelFolderError, match=r"is not a graph|graphs in place of one"):
        check(tmp_path, content)


def test_work_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "MOST_FIELDS", 50)
    with pytest.raises(ModelFolderError, match="more than 50 fields"):
        check(tmp_path, model(*[node(b"Relu")] * 50))

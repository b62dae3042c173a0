from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emoscope.decisions import plain_policy
from emoscope.errors import ModelFolderError
from emoscope.model_folder.manifest import (
    FORMAT_VERSION,
    MANIFEST,
    Manifest,
    read_manifest,
    write_manifest,
)
from emoscope.taxonomy import EMOTION


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder with one file of weights."""
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "model.onnx").write_bytes(b"weights")
    manifest = Manifest(
        kind="encoder",
        task="single_label",
        taxonomy=EMOTION,
        policy=plain_policy(EMOTION.labels, "single_label").to_json(),
        max_length=64,
        provenance={"seed": 3},
        metrics={"headline": {"accuracy": 0.5}},
    )
    write_manifest(tmp_path, manifest)
    return tmp_path


def test_round_trip(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest.labels == EMOTION.labels
    assert manifest.taxonomy == EMOTION
    assert (manifest.kind, manifest.task, manifest.max_length) == ("encoder", "single_label", 64)
    assert manifest.provenance == {"seed": 3}
    assert list(manifest.files) == ["onnx/model.onnx"]


def test_checksum_is_sha256_of_the_bytes(folder: Path) -> None:
    assert read_manifest(folder).files == {
        "onnx/model.onnx": hashlib.sha256(b"weights").hexdigest(),
    }


def test_writing_leaves_no_partial_file(folder: Path) -> None:
    assert sorted(p.name for p in folder.iterdir()) == [MANIFEST, "onnx"]


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    change(data)
    (folder / MANIFEST).write_text(json.dumps(data), encoding="utf-8")


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"no model folder .*nowhere"):
        read_manifest(tmp_path / "nowhere")


def test_folder_without_manifest(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match=r"has no emoscope\.json"):
        read_manifest(tmp_path)


def test_missing_file(folder: Path) -> None:
    (folder / "onnx" / "model.onnx").unlink()
    with pytest.raises(ModelFolderError, match=r"lacks the file onnx/model\.onnx"):
        read_manifest(folder)


def test_altered_file(folder: Path) -> None:
    (folder / "onnx" / "model.onnx").write_bytes(b"Weights")
    with pytest.raises(ModelFolderError, match=r"onnx/model\.onnx .*not the one that was saved"):
        read_manifest(folder)


def test_newer_format(folder: Path) -> None:
    edit(folder, lambda data: data.update(format_version=FORMAT_VERSION + 1))
    with pytest.raises(ModelFolderError, match="pip install --upgrade emoscope"):
        read_manifest(folder)


def test_unknown_text_normalisation(folder: Path) -> None:
    edit(folder, lambda data: data.update(normalisation="nfkc-9"))
    with pytest.raises(ModelFolderError, match="'nfkc-9'"):
        read_manifest(folder)


def test_manifest_that_is_not_json(folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b'{"format_version": 1')
    with pytest.raises(ModelFolderError, match="not valid JSON"):
        read_manifest(folder)


@pytest.mark.parametrize("text", ["[]", "{}", '{"format_version": "new"}'])
def test_json_that_is_no_manifest(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(ModelFolderError, match="no format_version"):
        read_manifest(folder)


@pytest.mark.parametrize("key", ["kind", "task", "taxonomy", "policy", "files"])
def test_manifest_that_lacks_a_part(folder: Path, key: str) -> None:
    edit(folder, lambda data: data.pop(key))
    with pytest.raises(ModelFolderError, match=f"lacks {key}"):
        read_manifest(folder)


@pytest.mark.parametrize(
    ("key", "value"), [("kind", 3), ("task", "regression"), ("taxonomy", {"name": "x"})]
)
def test_manifest_with_an_impossible_part(folder: Path, key: str, value: object) -> None:
    edit(folder, lambda data: data.update({key: value}))
    with pytest.raises(ModelFolderError):
        read_manifest(folder)

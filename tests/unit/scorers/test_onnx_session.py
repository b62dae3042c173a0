from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import onnxruntime
import pytest

from emoscope.errors import DeviceError, ModelFolderError
from emoscope.model_folder.manifest import MANIFEST, read_manifest
from emoscope.scorers.onnx import OnnxScorer
from emoscope.scorers.onnx_session import OnnxSession, choose_provider
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.taxonomy import EMOTION


def test_truncated_graph(tiny_folder: Path):
    graph = tiny_folder / "onnx" / "model_quantized.onnx"
    manifest = read_manifest(tiny_folder)
    graph.write_bytes(graph.read_bytes()[:700])
    with pytest.raises(ModelFolderError, match=r"model_quantized\.onnx is not a graph .* can open"):
        OnnxScorer.load(tiny_folder, manifest)
    with pytest.raises(ModelFolderError, match="is not the one that was saved"):
        read_manifest(tiny_folder)


def test_empty_graph(tiny_folder: Path):
    manifest = read_manifest(tiny_folder)
    (tiny_folder / "onnx" / "model_quantized.onnx").write_bytes(b"")
    with pytest.raises(ModelFolderError, match="is not a graph"):
        OnnxScorer.load(tiny_folder, manifest)


def test_no_graph_at_all(tiny_folder: Path):
    manifest = read_manifest(tiny_folder)
    for path in (tiny_folder / "onnx").iterdir():
        path.unlink()
    with pytest.raises(ModelFolderError, match="emoscope export"):
        OnnxScorer.load(tiny_folder, manifest)


def test_label_count_differs_from_the_manifest(tiny_folder: Path):
    manifest = dataclasses.replace(read_manifest(tiny_folder), taxonomy=EMOTION)
    with pytest.raises(
        ModelFolderError, match=r"shape \('batch', 28\), but the manifest names 6 labels"
    ):
        OnnxScorer.load(tiny_folder, manifest)


def test_newer_format(tiny_folder: Path):
    path = tiny_folder / MANIFEST
    data = json.loads(path.read_text(encoding="utf-8")) | {"format_version": 99}
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ModelFolderError, match="format version 99"):
        read_manifest(tiny_folder)


def _renamed(folder: Path, old: bytes, new: bytes) -> None:
    """Rename a tensor in the graph; names of one length keep the file whole."""
    graph = folder / "onnx" / "model_quantized.onnx"
    graph.write_bytes(graph.read_bytes().replace(old, new))


def test_other_inputs(tiny_folder: Path):
    manifest = read_manifest(tiny_folder)
    _renamed(tiny_folder, b"attention_mask", b"token_type_ids")
    with pytest.raises(
        ModelFolderError,
        match="wants the inputs input_ids, token_type_ids; emoscope gives attention_mask",
    ):
        OnnxScorer.load(tiny_folder, manifest)


def test_other_outputs(tiny_folder: Path):
    manifest = read_manifest(tiny_folder)
    _renamed(tiny_folder, b"logits", b"states")
    with pytest.raises(ModelFolderError, match="has no output 'logits'; it has states"):
        OnnxScorer.load(tiny_folder, manifest)


def test_tokens_outside_the_table(tiny_folder: Path):
    manifest = read_manifest(tiny_folder)
    scorer = OnnxScorer.load(tiny_folder, manifest, RuntimeOptions(threads=1))
    path = tiny_folder / "tokenizer.json"
    path.write_text(re.sub(r'"thank": \d+', '"thank": 999', path.read_text()), encoding="utf-8")
    scorer = OnnxScorer.load(tiny_folder, manifest, RuntimeOptions(threads=1))
    with pytest.raises(ModelFolderError, match=r"fails on a batch of shape \(1, 4\)"):
        scorer.logits(["thank you"])


def test_cuda_falls_back_without_a_word_when_not_asked_for(monkeypatch: pytest.MonkeyPatch):
    _only_cpu(monkeypatch)
    assert choose_provider(RuntimeOptions()) == "CPUExecutionProvider"


def test_cuda_that_was_asked_for_must_be_there(monkeypatch: pytest.MonkeyPatch):
    _only_cpu(monkeypatch)
    with pytest.raises(DeviceError, match=r"CUDA was asked for and is not available .*device cpu"):
        choose_provider(RuntimeOptions(device="cuda"))


def test_cuda_is_used_when_it_is_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        onnxruntime,
        "get_available_providers",
        lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"],
    )
    assert choose_provider(RuntimeOptions()) == "CUDAExecutionProvider"
    assert choose_provider(RuntimeOptions(device="cpu")) == "CPUExecutionProvider"


def test_cuda_that_does_not_start(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch):
    """A wheel with CUDA on a machine without its libraries: onnxruntime falls back on its own."""
    monkeypatch.setattr(
        "emoscope.scorers.onnx.choose_provider", lambda options: "CUDAExecutionProvider"
    )
    session = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda path, settings, providers, enable_fallback: session(
            path, settings, providers=["CPUExecutionProvider"]
        ),
    )
    manifest = read_manifest(tiny_folder)
    options = RuntimeOptions(device="cuda", threads=1)
    with pytest.raises(DeviceError, match="could not start it"):
        OnnxScorer.load(tiny_folder, manifest, options)
    scorer = OnnxScorer.load(tiny_folder, manifest, RuntimeOptions(threads=1))
    assert scorer.graph.name == "model_quantized.onnx", "chosen again, for the processor"
    assert scorer.logits(["love", "thank you"]).shape == (2, 28)


def test_a_graph_opens_once_for_a_label_count(tiny_folder: Path):
    graph = tiny_folder / "onnx" / "model.onnx"
    assert OnnxSession(graph, 28, "CPUExecutionProvider", 1).provider == "CPUExecutionProvider"


def _only_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])

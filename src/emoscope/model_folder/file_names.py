"""Names of the files in a model folder, and how large each may be."""

from __future__ import annotations

from pathlib import PurePosixPath

MANIFEST = "emoscope.json"
CARD = "README.md"
CONFIG = "config.json"
TOKENIZER_FILE = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
FP32_GRAPH = "onnx/model.onnx"
INT8_GRAPH = "onnx/model_quantized.onnx"
"""The name that browser runtimes look for."""
GRAPHS = (INT8_GRAPH, FP32_GRAPH)
WEIGHTS_SUFFIX = ".safetensors"
LINEAR_FILE = "linear.skops"
ENSEMBLE_FILE = "ensemble.json"
MEMBERS = "members"
"""Folder of an ensemble's members."""

_MIB = 1 << 20
MANIFEST_BYTES = 8 * _MIB
"""Most bytes of ``emoscope.json``; that of 28 labels has 70,000."""
_MOST_BYTES = {
    WEIGHTS_SUFFIX: 8192 * _MIB,
    ".onnx": 2048 * _MIB,  # what one protobuf message may hold
    ".skops": 2048 * _MIB,
    ".model": 64 * _MIB,
}
_OTHER_BYTES = 64 * _MIB


def most_bytes(name: str) -> int:
    """Most bytes that the file ``name`` of a model folder may have."""
    return _MOST_BYTES.get(PurePosixPath(name).suffix, _OTHER_BYTES)


def is_part_of_model(name: str) -> bool:
    """Whether the manifest must list ``name``, a path relative to the model folder.

    Not part of a model are the manifest itself, hidden files (a version control system's), and
    ``*.part`` files and folders, which an interrupted write leaves.
    """
    parts = PurePosixPath(name).parts
    ignored = any(part.startswith(".") or part.endswith(".part") for part in parts)
    return name != MANIFEST and not ignored

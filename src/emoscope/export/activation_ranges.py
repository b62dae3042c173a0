"""The range of every tensor that is to be quantised, measured on real texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper

from emoscope.export.local_mixing import local_mixings
from emoscope.export.matmuls import products
from emoscope.export.unfuse import laid_out
from emoscope.scorers.onnx_session import CPU
from emoscope.tokenizers.window_tokenizer import WindowTokenizer

RANGE_TEXTS = 1000
"""Texts on which ranges are measured."""
_BATCH_TOKENS = 1024
"""All states of a batch are held together: of a base model, a few hundred megabytes."""

Batch = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Ids and mask, both (b, t), without padding: its states are noise that would widen the ranges."""


@dataclass(frozen=True)
class Range:
    """Least and greatest value of a tensor."""

    low: float
    high: float


def activation_ranges(model: onnx.ModelProto, batches: Iterable[Batch]) -> Mapping[str, Range]:
    """Ranges of what is read as bytes in ``model``, over all ``batches``.

    These are the inputs of products and of local mixings.
    """
    graph = laid_out(model)
    read = [product.input for product in products(graph)]
    read += [mixing.input for mixing in local_mixings(graph)]
    names = list(dict.fromkeys(read))
    if not names:  # a model so small that nothing is worth quantising
        return {}
    session = watching(graph.build(), names)
    found: dict[str, Range] = {}
    for ids, mask in batches:
        states = session.run(names, {"input_ids": ids, "attention_mask": mask})
        for name, state in zip(names, states, strict=True):
            low, high = float(state.min()), float(state.max())
            if name in found:
                low, high = min(low, found[name].low), max(high, found[name].high)
            found[name] = Range(low, high)
    return found


def batches_of(tokenizer: WindowTokenizer, texts: Sequence[str], n: int) -> Iterator[Batch]:
    """Windows of at most ``n`` of ``texts``, evenly from first to last; one length a batch."""
    chosen = np.unique(np.linspace(0, len(texts) - 1, min(n, len(texts))).round().astype(int))
    by_length: dict[int, list[list[int]]] = {}
    for ids in tokenizer.windows([texts[i] for i in chosen]).ids:
        by_length.setdefault(len(ids), []).append(ids)
    for length, windows in by_length.items():
        size = max(1, _BATCH_TOKENS // length)
        for start in range(0, len(windows), size):
            yield tokenizer.pad(windows[start : start + size])


def watching(model: onnx.ModelProto, names: Iterable[str]) -> onnxruntime.InferenceSession:
    """A session of ``model`` that gives the tensors ``names`` as well."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    for name in names:
        out = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
        watched.graph.output.append(out)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1  # batches are small
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(watched.SerializeToString(), options, providers=[CPU])

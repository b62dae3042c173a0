"""Opening ONNX graphs, and saying clearly what is wrong with one that does not open.

The only module that imports onnxruntime for inference.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from emoscope.errors import DeviceError, ModelFolderError, first_line, listing
from emoscope.model_folder.file_names import FP32_GRAPH, INT8_GRAPH
from emoscope.model_folder.manifest import Manifest
from emoscope.scorers.onnx_file import check_onnx_file
from emoscope.scorers.runtime_options import RuntimeOptions

INPUTS = ("attention_mask", "input_ids")
OUTPUT = "logits"
CPU = "CPUExecutionProvider"
_CUDA = "CUDAExecutionProvider"


class OnnxSession:
    """One graph on one provider. Threads may share it."""

    def __init__(self, path: Path, n_labels: int, provider: str, threads: int) -> None:
        self.path = path
        self.n_labels = n_labels
        self._session = _open(path, provider, threads)
        self.provider: str = self._session.get_providers()[0]
        _check(path, self._session, n_labels)

    def run(
        self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """Scores (n, n_labels) of ids and mask (n, length)."""
        feed = {"input_ids": ids, "attention_mask": mask}
        try:
            scores: npt.NDArray[np.float32] = self._session.run([OUTPUT], feed)[0]
        except Exception as error:  # onnxruntime's own classes have no common base but this
            raise ModelFolderError(
                f"{self.path} fails on a batch of shape {ids.shape}: {first_line(error)}. "
                "The graph does not fit its tokenizer or its manifest; export the model again."
            ) from error
        if scores.shape != (len(ids), self.n_labels):
            raise ModelFolderError(
                f"{self.path} gives scores of shape {scores.shape} for {len(ids)} texts and "
                f"{self.n_labels} labels. The graph does not fit its manifest; export it again."
            )
        return scores


def choose_provider(options: RuntimeOptions) -> str:
    """Name of the execution provider to use.

    Raises :class:`DeviceError` when CUDA was asked for and is not there.
    """
    if options.device == "cpu":
        return CPU
    available = onnxruntime.get_available_providers()
    if _CUDA in available:
        return _CUDA
    refuse_cuda(options, f"this onnxruntime has: {listing(available)}")
    return CPU


def choose_graph(folder: Path, manifest: Manifest, provider: str, options: RuntimeOptions) -> Path:
    """The graph of a model folder to run, of those that its manifest lists.

    Raises :class:`ModelFolderError` when there is none, or when onnxruntime must not open it (see
    :mod:`emoscope.scorers.onnx_file`).
    """
    # integer products are for processors
    order = [INT8_GRAPH, FP32_GRAPH] if provider == CPU else [FP32_GRAPH, INT8_GRAPH]
    wanted = {"int8": [INT8_GRAPH], "fp32": [FP32_GRAPH]}.get(options.graph, order)
    for name in wanted:
        if name in manifest.files and (folder / name).is_file():
            check_onnx_file(folder / name)
            return folder / name
    raise ModelFolderError(
        f"The model folder {str(folder)!r} has no {' or '.join(wanted)}. "
        f"Write it with: emoscope export {folder}"
    )


def refuse_cuda(options: RuntimeOptions, reason: str) -> None:
    """Raise :class:`DeviceError` when CUDA was asked for; else the processor is used."""
    if options.device == "cuda":
        raise DeviceError(
            f"CUDA was asked for and is not available ({reason}). Install onnxruntime-gpu with its "
            "CUDA libraries, or run on the processor: device cpu, or auto for CUDA where it works."
        )


def _open(path: Path, provider: str, threads: int) -> onnxruntime.InferenceSession:
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 4  # errors come as exceptions
    # plans of buffers are kept for every input shape ever seen: memory would grow with their number
    settings.enable_mem_pattern = False
    if provider == CPU:
        if sys.platform == "linux":
            # glibc hands out again the block that was given back last, which is still in the cache;
            # onnxruntime's own arena is 5 % slower in bulk
            settings.enable_cpu_mem_arena = False
        # Exported graphs are fused already. Extended optimisation would only join each addition to
        # the layer norm behind it, and that fused node is several times slower on processors.
        level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        settings.graph_optimization_level = level
    try:
        return onnxruntime.InferenceSession(
            str(path), settings, providers=[provider], enable_fallback=False
        )
    except Exception as error:  # onnxruntime's own classes have no common base but this
        raise ModelFolderError(
            f"{path} is not a graph that onnxruntime {onnxruntime.__version__} can open: "
            f"{first_line(error)}. Copy the model folder again, or export the model again."
        ) from error


def _check(path: Path, session: onnxruntime.InferenceSession, n_labels: int) -> None:
    inputs = sorted(node.name for node in session.get_inputs())
    if inputs != sorted(INPUTS):
        raise ModelFolderError(
            f"{path} wants the inputs {listing(inputs)}; emoscope gives {listing(INPUTS)}. "
            "Export the model again with emoscope export."
        )
    outputs = {node.name: node for node in session.get_outputs()}
    if OUTPUT not in outputs:
        raise ModelFolderError(
            f"{path} has no output {OUTPUT!r}; it has {listing(outputs)}. "
            "Export the model again with emoscope export."
        )
    shape = outputs[OUTPUT].shape
    found = shape[1] if len(shape) == 2 else None
    if len(shape) != 2 or (isinstance(found, int) and found != n_labels):
        raise ModelFolderError(
            f"{path} gives scores of shape {tuple(shape)}, but the manifest names {n_labels} "
            "labels. Graph and manifest are not of one model; export the model again."
        )

"""Opening ONNX graphs, and saying clearly what is wrong with one that does not open.

The only module that imports onnxruntime for inference.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from emoscope.errors import DeviceError, ModelFolderError, listing
from emoscope.scorers.runtime_options import RuntimeOptions

INPUTS = ("attention_mask", "input_ids")
OUTPUT = "logits"
INT8_GRAPH = "onnx/model_quantized.onnx"
FP32_GRAPH = "onnx/model.onnx"
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
                f"{self.path} fails on a batch of shape {ids.shape}: {_reason(error)} "
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


def choose_graph(folder: Path, provider: str, options: RuntimeOptions) -> Path:
    """The graph of a model folder to run; raises :class:`ModelFolderError` when there is none."""
    int8, fp32 = folder / INT8_GRAPH, folder / FP32_GRAPH
    wanted = {"int8": [int8], "fp32": [fp32]}.get(options.graph)
    if wanted is None:  # integer products are for processors
        wanted = [fp32, int8] if provider != CPU else [int8, fp32]
    for path in wanted:
        if path.is_file():
            return path
    raise ModelFolderError(
        f"The model folder {str(folder)!r} has no {' or '.join(p.name for p in wanted)} in its "
        f"folder onnx. Write it with: emoscope export {folder}"
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
            f"{_reason(error)} Copy the model folder again, or export the model anew."
        ) from error


def _check(path: Path, session: onnxruntime.InferenceSession, n_labels: int) -> None:
    inputs = sorted(node.name for node in session.get_inputs())
    if inputs != sorted(INPUTS):
        raise ModelFolderError(
            f"{path} wants the inputs {listing(inputs)}; emoscope gives {listing(INPUTS)}. "
            "Export the model anew with emoscope export."
        )
    outputs = {node.name: node for node in session.get_outputs()}
    if OUTPUT not in outputs:
        raise ModelFolderError(
            f"{path} has no output {OUTPUT!r}; it has {listing(outputs)}. "
            "Export the model anew with emoscope export."
        )
    shape = outputs[OUTPUT].shape
    found = shape[1] if len(shape) == 2 else None
    if len(shape) != 2 or (isinstance(found, int) and found != n_labels):
        raise ModelFolderError(
            f"{path} gives scores of shape {tuple(shape)}, but the manifest names {n_labels} "
            "labels. Graph and manifest are not of one model; export the model anew."
        )


def _reason(error: Exception) -> str:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return first if first.endswith(".") else first + "."

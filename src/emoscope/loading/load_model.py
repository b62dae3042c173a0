"""Opening a model: from a folder, a run, the hub or the package to a classifier."""

from __future__ import annotations

import re
from pathlib import Path

from emoscope.decisions import Policy
from emoscope.errors import DeviceError, MissingExtra, ModelFolderError
from emoscope.inference.classifier import EmotionClassifier, Origin
from emoscope.model_folder.manifest import MANIFEST, Manifest, read_manifest
from emoscope.scorers.runtime_options import (
    Device,
    GraphChoice,
    RuntimeOptions,
    runtime_options,
)
from emoscope.scorers.scorer import Scorer

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")

DEFAULT_MODEL = Path(__file__).parents[1] / "shipped_models" / "default"
"""The 28-emotion model that ships inside the package."""


def load(
    model: str | Path | None = None,
    *,
    device: Device | None = None,
    threads: int | None = None,
    graph: GraphChoice | None = None,
) -> EmotionClassifier:
    """Open a model as a classifier.

    ``model`` is a model folder, a run folder (its ``model`` is meant), or a hub id ``owner/name``;
    without one, the model that ships inside the package. Every file is checked against the
    checksums that were saved with it; those of the package its installer has checked.

    ``device`` is ``auto`` (CUDA where it works, else the processor), ``cpu`` or ``cuda``;
    ``threads`` the number of processor threads, by default as many as this process may use;
    ``graph`` is ``auto``, ``int8`` or ``fp32``. What is not given is taken from the environment:
    EMOSCOPE_DEVICE, EMOSCOPE_THREADS, EMOSCOPE_GRAPH.

    Raises :class:`emoscope.errors.DeviceError` for values out of range and for CUDA that is not
    there, :class:`ModelFolderError` when there is none, or when it is incomplete, altered or of a
    newer format, and :class:`MissingExtra` when its kind, or the hub, needs one.
    """
    return load_with(model, runtime_options(device, threads, graph))


def load_with(model: str | Path | None, options: RuntimeOptions | None = None) -> EmotionClassifier:
    """:func:`load` with all options in one; without any, those of the environment."""
    return open_folder(find_model_folder(model), options or runtime_options())


def open_folder(folder: Path, options: RuntimeOptions) -> EmotionClassifier:
    """Open a model folder with these options; a pickled classifier comes back through here."""
    manifest = read_manifest(folder, verify=folder != DEFAULT_MODEL)
    return EmotionClassifier(
        _scorer(folder, manifest, options),
        Policy.from_json(manifest.policy),
        manifest.taxonomy,
        manifest,
        origin=Origin(open_folder, folder.absolute(), options),
    )


def find_model_folder(model: str | Path | None) -> Path:
    """Local folder of ``model``: itself, the one in a run folder, or a download from the hub."""
    if not model:
        if not DEFAULT_MODEL.is_dir():
            raise ModelFolderError(
                "This installation lacks the model that ships with emoscope. Install emoscope "
                "again, or name a model with --model (in Python: emoscope.load(folder))."
            )
        return DEFAULT_MODEL
    path = Path(model)
    if (path / MANIFEST).is_file():
        return path
    if (path / "model" / MANIFEST).is_file():
        return path / "model"
    if path.exists() or not _HUB_ID.fullmatch(str(model)):
        return path  # read_manifest says what is wrong with it
    return _download(str(model))


def _download(hub_id: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:  # a path that was mistyped may look like a hub id
        raise MissingExtra(
            "encoders", f"There is no folder {hub_id!r} here, and fetching a model from the hub"
        ) from error
    try:
        return Path(snapshot_download(hub_id))
    except Exception as error:  # network, access and name errors alike: same next step
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelFolderError(
            f"There is no folder {hub_id!r} here, and the hub did not give a model of that name "
            f"({reason}). Check the path, or the name and your network connection."
        ) from error


def _scorer(folder: Path, manifest: Manifest, options: RuntimeOptions) -> Scorer:
    if manifest.kind == "linear":
        if options.device == "cuda":
            raise DeviceError(
                f"The model in {str(folder)!r} is linear and runs on the processor only. Choose "
                "device cpu or auto."
            )
        from emoscope.scorers.linear import LinearScorer

        return LinearScorer.load(folder, manifest.labels, manifest.task)
    if (folder / "onnx").is_dir():  # the light way, which needs no torch
        from emoscope.scorers.onnx import OnnxScorer

        return OnnxScorer.load(folder, manifest, options)
    from emoscope.models.torch_scorer import TorchScorer

    return TorchScorer.load(folder, manifest, "cuda" if options.device == "cuda" else "cpu")

"""Opens linear models on counts and TF-IDF."""

from __future__ import annotations

from pathlib import Path

from emoscope.errors import DeviceError
from emoscope.model_folder.checksums import listed_file
from emoscope.model_folder.file_names import LINEAR_FILE
from emoscope.model_folder.manifest import Manifest
from emoscope.scorers.linear import LinearScorer
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import Scorer


def open_scorer(folder: Path, manifest: Manifest, options: RuntimeOptions) -> Scorer:
    """Open ``linear.skops``; raises :class:`DeviceError` where CUDA is asked for."""
    if options.device == "cuda":
        raise DeviceError(
            f"The model in {str(folder)!r} is linear and runs on the processor only. Choose "
            "device cpu or auto."
        )
    listed_file(folder, manifest.files, LINEAR_FILE)
    return LinearScorer.load(folder, manifest.labels, manifest.task, manifest.normalisation)

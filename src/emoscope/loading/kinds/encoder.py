"""Opens encoders: as an ONNX graph where there is one, which needs no torch, or else with torch."""

from __future__ import annotations

from pathlib import Path

from emoscope.loading.encoder_config import check_encoder_config
from emoscope.model_folder.checksums import listed_file
from emoscope.model_folder.file_names import CONFIG, GRAPHS, TOKENIZER_FILE, WEIGHTS_SUFFIX
from emoscope.model_folder.manifest import Manifest
from emoscope.scorers.onnx import OnnxScorer
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import Scorer
from emoscope.tokenizers.window_tokenizer import DEFAULT_MAX_LENGTH, WindowTokenizer


def open_scorer(folder: Path, manifest: Manifest, options: RuntimeOptions) -> Scorer:
    """Open the graph that ``options`` choose, or ``model.safetensors``."""
    listed_file(folder, manifest.files, TOKENIZER_FILE)
    weights = [name for name in manifest.files if name.endswith(WEIGHTS_SUFFIX)]
    if any(graph in manifest.files for graph in GRAPHS) or not weights:
        return OnnxScorer.load(folder, manifest, options)
    listed_file(folder, manifest.files, CONFIG)
    check_encoder_config(folder)
    # only to check it
    WindowTokenizer.load(folder, manifest.max_length or DEFAULT_MAX_LENGTH, manifest.normalisation)
    from emoscope.models.torch_scorer import TorchScorer  # deferred: extra train

    return TorchScorer.load(folder, manifest, options.device)

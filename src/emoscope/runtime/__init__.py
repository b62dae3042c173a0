"""From texts to raw scores: the scorer port, its adapters, and the model folder they load from."""

from emoscope.runtime.model_folder import Manifest, read_manifest, write_manifest
from emoscope.runtime.scorer import Annotator, Scorer

__all__ = ["Annotator", "Manifest", "Scorer", "read_manifest", "write_manifest"]

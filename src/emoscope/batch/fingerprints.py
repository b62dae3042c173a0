"""Checksums of inputs and of the classifier: whether a resumed job is still the same job."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.files import sha256_of

_PROBES = ("thank you so much, this is wonderful", "I am afraid it was a terrible mistake")
_PLACES = 3  # two graphs of one model, as fp32 and int8, differ in the second


def input_fingerprint(path: Path) -> dict[str, Any]:
    """Name, size and SHA-256 of an input file, as plain data."""
    return {"name": str(path), "bytes": path.stat().st_size, "sha256": sha256_of(path)}


def classifier_fingerprint(classifier: EmotionClassifier) -> str:
    """A checksum of what decides the predictions.

    It covers the model's files, the policy as it is now (thresholds given on the command line
    included) and the labels. Which graph of the folder runs is recorded nowhere; so the scores of
    two texts are part of it too, rounded.
    """
    scores = classifier.score(_PROBES).scores
    manifest = classifier.manifest
    parts = {
        "files": None if manifest is None else dict(manifest.files),
        "policy": classifier.policy.to_json(),
        "labels": list(classifier.labels),
        "taxonomy": classifier.taxonomy.to_json(),
        "probes": [[round(float(score), _PLACES) + 0.0 for score in row] for row in scores],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

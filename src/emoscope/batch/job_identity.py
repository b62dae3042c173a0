"""What makes two jobs the same: everything that decides the bytes of an output, as plain data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from emoscope.batch.options import LabelOptions
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.files import file_checksum
from emoscope.io.formats import OutputFormat

_PROBES = ("thank you so much, this is wonderful", "I am afraid it was a terrible mistake")
_PLACES = 3  # two graphs of one model, as fp32 and int8, differ in the second


def describe_job(
    classifier: EmotionClassifier,
    inputs: Sequence[Path] | None,
    output: OutputFormat,
    options: LabelOptions,
) -> dict[str, Any]:
    """The job of these inputs, options and classifier. Reads every input once, for its checksum.

    ``inputs`` is None for standard input, which cannot be read again.
    """
    read = None
    if inputs is not None:
        read = [{"name": str(path), "sha256": file_checksum(path)} for path in inputs]
    return {
        "emoscope": metadata.version("emoscope"),
        "classifier": classifier_fingerprint(classifier),
        "options": options.shaping(),
        "output": {"format": output.format, "gzip": output.gzip},
        "inputs": read,
    }


def difference(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """What has changed between two jobs, in words; None when ``now`` can resume ``earlier``.

    The names of inputs do not count, their bytes do.
    """
    try:
        return _difference(earlier, now)
    except (KeyError, TypeError, AttributeError):
        return "its journal describes no job"


def _difference(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    then, today = earlier["inputs"], now["inputs"]
    if then is None:
        return "its input was standard input, which cannot be read again"
    if today is None:
        return "its input was a file, and is standard input now"
    if earlier["emoscope"] != now["emoscope"]:
        return f"emoscope was {earlier['emoscope']} then and is {now['emoscope']} now"
    if len(then) != len(today):
        return f"it had {len(then)} input files, not {len(today)}"
    for before, after in zip(then, today, strict=True):
        if before["sha256"] != after["sha256"]:
            return f"the content of {after['name']} was different then"
    for name, value in now["options"].items():
        if earlier["options"].get(name) != value:
            return f"{name} was {earlier['options'].get(name)!r} then and is {value!r} now"
    if earlier["classifier"] != now["classifier"]:
        return "the model, its thresholds or its policy were different then"
    return None if earlier["output"] == now["output"] else "its output format was different"


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

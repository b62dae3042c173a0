"""What makes two jobs the same: everything that decides the bytes of an output, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from emoscope.batch.fingerprints import classifier_fingerprint, input_fingerprint
from emoscope.batch.options import LabelOptions
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.formats import OutputFormat


def describe_job(
    classifier: EmotionClassifier,
    inputs: Sequence[Path] | None,
    output: OutputFormat,
    options: LabelOptions,
) -> dict[str, Any]:
    """The job of these inputs, options and classifier. Reads every input once, for its checksum.

    ``inputs`` is None for standard input, which cannot be read again.
    """
    return {
        "emoscope": metadata.version("emoscope"),
        "classifier": classifier_fingerprint(classifier),
        "options": options.shaping(),
        "output": {"format": output.format, "gzip": output.gzip},
        "inputs": None if inputs is None else [input_fingerprint(path) for path in inputs],
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

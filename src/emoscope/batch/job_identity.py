"""Which run it is: everything that decides the bytes of an output, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from emoscope.batch.fingerprints import classifier_fingerprint, input_fingerprint
from emoscope.batch.options import LabelOptions
from emoscope.batch.writing.journal import FORMAT_VERSION
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.formats import OutputFormat


def describe_run(
    classifier: EmotionClassifier,
    inputs: Sequence[Path],
    output: OutputFormat,
    options: LabelOptions,
) -> dict[str, Any]:
    """The run of these inputs, options and classifier. Reads every input once, for its checksum."""
    return {
        "format_version": FORMAT_VERSION,
        "emoscope": metadata.version("emoscope"),
        "classifier": classifier_fingerprint(classifier),
        "options": options.shaping(),
        "output": {"format": output.format, "gzip": output.gzip},
        "inputs": [input_fingerprint(path) for path in inputs],
    }


def difference(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """What has changed between two runs, in words; None when they are the same.

    Names of inputs do not count, their bytes do.
    """
    if earlier.get("format_version") != now["format_version"]:
        return "its journal is of another version of emoscope"
    if earlier["emoscope"] != now["emoscope"]:
        return f"emoscope was {earlier['emoscope']} then and is {now['emoscope']} now"
    then, today = earlier["inputs"], now["inputs"]
    if len(then) != len(today):
        return f"it had {len(then)} input files, not {len(today)}"
    for before, after in zip(then, today, strict=True):
        if before["sha256"] != after["sha256"]:
            return f"the content of {after['name']} was another then"
    for name, value in now["options"].items():
        if earlier["options"].get(name) != value:
            return f"{name} was {earlier['options'].get(name)!r} then and is {value!r} now"
    if earlier["classifier"] != now["classifier"]:
        return "the model, its thresholds or its policy were others then"
    return None if earlier["output"] == now["output"] else "its output format was another"

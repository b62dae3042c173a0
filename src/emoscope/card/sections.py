"""The sections of a card, each a few lines of Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from emoscope.card import facts
from emoscope.card.metrics import SHOWN
from emoscope.decisions import read_policy
from emoscope.errors import listing
from emoscope.model_folder.file_names import FP32_GRAPH, INT8_GRAPH, MANIFEST
from emoscope.model_folder.manifest import Manifest

WEIGHTS = "model.safetensors"


def introduction(manifest: Manifest) -> Iterator[str]:
    """Name, what it was trained for, and its labels."""
    recipe = facts.recipe(manifest)
    yield f"# {facts.model_name(manifest)}"
    yield ""
    if recipe.get("description"):
        yield str(recipe["description"])
        yield ""
    choice = "any number of" if facts.is_multi(manifest) else "exactly one of"
    yield (
        f"Gives a text {choice} {len(manifest.labels)} labels: {', '.join(manifest.labels)}."
        + (
            f" The labels can be rolled up to {' and '.join(manifest.taxonomy.rollups)}."
            if manifest.taxonomy.rollups
            else ""
        )
    )
    yield ""


def results(manifest: Manifest) -> Iterator[str]:
    """Headline metrics with their intervals, and each label."""
    metrics = manifest.metrics
    yield "## Results"
    yield ""
    if not metrics.get("headline"):
        yield "Not measured: the data had no test split."
        yield ""
        return
    yield (
        f"On the {metrics.get('n_texts', 0):,} {metrics.get('split', 'test')} texts, scored once, "
        "with thresholds from validation. Intervals are 95 %, from a bootstrap over the texts; "
        "they do not hold the doubt of another training seed."
    )
    yield ""
    yield "| metric | value | 95 % interval |"
    yield "| --- | --: | --: |"
    for key, name in SHOWN[manifest.task].items():
        value = metrics["headline"].get(key)
        if value is not None:
            low, high = metrics.get("intervals", {}).get(key, (None, None))
            interval = "" if low is None else f"{low:.3f} to {high:.3f}"
            yield f"| {name} | {value:.3f} | {interval} |"
    for name, headline in metrics.get("rollups", {}).items():
        yield f"| macro-F1, rolled up to {name} | {headline['macro_f1']:.3f} | |"
    yield ""
    absent = [row["label"] for row in metrics.get("per_label", ()) if not row["support"]]
    if absent:
        yield (
            f"No {metrics.get('split', 'test')} text has {listing(map(_cell, absent))}: not "
            "measured, and left out of macro averages."
        )
        yield ""
    if metrics.get("per_label"):
        yield "| label | texts | precision | recall | F1 |"
        yield "| --- | --: | --: | --: | --: |"
        for row in metrics["per_label"]:
            shares = " | ".join(
                "–" if row[name] is None else f"{row[name]:.3f}"
                for name in ("precision", "recall", "f1")
            )
            yield f"| {_cell(row['label'])} | {row['support']:,} | {shares} |"
        yield ""


def usage(manifest: Manifest, files: Collection[str]) -> Iterator[str]:
    """How to load it with emoscope, transformers and ONNX Runtime, as far as its files allow."""
    yield "## How to use it"
    yield ""
    yield "With emoscope, which applies calibration, thresholds and roll-ups:"
    yield ""
    yield from _code(
        "python",
        "import emoscope",
        "",
        'classifier = emoscope.load("path/to/this/folder")',
        'print(classifier("thank you so much!").labels)',
    )
    if manifest.kind != "encoder":
        yield "This is a linear model in the skops format; it is loaded without pickle."
        yield ""
        return
    activation = "sigmoid" if facts.is_multi(manifest) else "softmax"
    calibrated = read_policy(manifest.policy).calibration.kind == "none"
    if WEIGHTS in files:
        yield (
            "With transformers. It gives "
            + ("the same probabilities" if calibrated else "probabilities that are not calibrated")
            + f" and knows no thresholds: those below are in `{MANIFEST}`."
        )
        yield ""
        register = facts.own_architecture(manifest)
        yield from _code(
            "python",
            *([f"import {register}  # registers its architecture", ""] if register else []),
            "from transformers import pipeline",
            "",
            'classify = pipeline("text-classification", "path/to/this/folder", top_k=None)',
            f'print(classify("thank you so much!", function_to_apply="{activation}"))',
        )
    graph = next((name for name in (INT8_GRAPH, FP32_GRAPH) if name in files), None)
    if graph is None:
        return
    yield (
        f"With ONNX Runtime alone; probabilities are the {activation} of `logits`"
        + (":" if calibrated else ", once calibrated as said below:")
    )
    yield ""
    limit = manifest.max_length or 512
    yield from _code(
        "python",
        "import numpy as np",
        "import onnxruntime",
        "import tokenizers",
        "",
        'tokenizer = tokenizers.Tokenizer.from_file("tokenizer.json")',
        f"tokenizer.enable_truncation({limit})",
        f'session = onnxruntime.InferenceSession("{graph}")',
        'tokens = tokenizer.encode("thank you so much!")',
        "logits = session.run(",
        '    ["logits"],',
        "    {",
        '        "input_ids": np.array([tokens.ids], dtype=np.int64),',
        '        "attention_mask": np.array([tokens.attention_mask], dtype=np.int64),',
        "    },",
        ")[0]",
    )


def decisions(manifest: Manifest) -> Iterator[str]:
    """Calibration, thresholds, and what happens when nothing passes."""
    policy = read_policy(manifest.policy)
    activation = "sigmoid" if facts.is_multi(manifest) else "softmax"
    yield "## How scores become labels"
    yield ""
    kind, split = policy.calibration.kind, policy.fitted_on.get("split", "validation")
    if kind == "none":
        inside = policy.fitted_on.get("folded", {}).get("kind", "none")
        made = "" if inside == "none" else f" Its calibration ({inside}) is in the last layer."
        yield f"probability = {activation}(logit).{made} All of it was fitted on {split}."
    else:
        yield (
            f"probability = {activation}(slope × logit + offset); slope and offset of each label "
            f"are in `{MANIFEST}` (calibration: {kind}). All of it was fitted on {split}."
        )
    if policy.method == "argmax":
        yield "The most probable label holds."
        yield ""
        return
    empty = {
        "none": "a text without one gets no label",
        "top": "a text without one gets its most probable label",
        "neutral": "a text without one is neutral",
    }[policy.fallback]
    yield (f"A label holds from its threshold on (method {policy.method}); {empty}.")
    yield ""
    yield "| label | threshold |"
    yield "| --- | --: |"
    for label, threshold in zip(policy.labels, policy.thresholds.tolist(), strict=True):
        yield f"| {_cell(label)} | {threshold:.3f} |"
    yield ""


def data(manifest: Manifest) -> Iterator[str]:
    """What it learned from, and under which licence that is."""
    data = facts.known_data(manifest)
    rows = manifest.provenance.get("data", {}).get("rows", {})
    yield "## Data"
    yield ""
    counted = ", ".join(f"{n:,} {split}" for split, n in rows.items() if n)
    title = data.title if data else facts.data_name(manifest)
    yield f"{title}: {counted} texts." if counted else f"{title}."
    if data is not None:
        yield f"{data.description} {data.terms}"
        yield ""
        yield data.citation
    else:
        yield "Data of whoever trained the model; nothing more is known here. Add what you know."
    yield ""


def limits(manifest: Manifest) -> Iterator[str]:
    """What it is for, what it is not for, and the known faults of its data."""
    data = facts.known_data(manifest)
    yield "## Intended use, limits and biases"
    yield ""
    yield (
        "Meant for finding tendencies in many texts, for sorting and searching them, and for "
        "research. Not meant for judging a single person by what they wrote: not in hiring, "
        "insurance, credit, medicine, police work or school."
    )
    yield ""
    yield (
        "The labels say what a text seems to express, which need not be what its writer felt. "
        "Irony, jokes, quotations and feelings that only the context tells are often missed."
    )
    if data is not None and data.language == "en":
        yield "Texts in other languages than English get labels that mean nothing."
    yield ""
    for bias in data.biases if data else ():
        yield f"- {bias}"
    if data is None:
        yield "- The biases of the data are not known here. Add what you know."
    yield ""


def origin(manifest: Manifest) -> Iterator[str]:
    """Recipe, seed, versions and checksums."""
    known = manifest.provenance
    yield "## Origin"
    yield ""
    rows: list[tuple[str, Any]] = [
        ("recipe", facts.recipe(manifest).get("name")),
        ("encoder", facts.base_encoder(manifest)),
        ("seed", known.get("seed")),
        ("training took", f"{known['fit_seconds']} s" if "fit_seconds" in known else None),
        ("finished", known.get("finished")),
        ("versions", ", ".join(f"{k} {v}" for k, v in known.get("versions", {}).items())),
        *((f"SHA-256 of {f['name']}", f"`{f['sha256']}`")
          for f in known.get("data", {}).get("files", ())),
    ]  # fmt: skip
    for name, value in rows:
        if value not in (None, ""):
            yield f"- {name}: {value}"
    yield ""
    yield (
        "Made with [emoscope](https://github.com/emoscope/emoscope); every detail is in "
        f"`{MANIFEST}`."
    )


def _code(language: str, *lines: str) -> Iterator[str]:
    yield f"```{language}"
    yield from lines
    yield "```"
    yield ""


def _cell(text: str) -> str:
    """A label inside a Markdown table."""
    return " ".join(text.split()).replace("|", r"\|")

"""The sections of a card: paragraphs, tables and code blocks of Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from emoscope.card import facts
from emoscope.decisions import read_policy
from emoscope.errors import listing
from emoscope.metrics.formatting import interval, number
from emoscope.metrics.names import METRIC_NAMES
from emoscope.metrics.selection import selection_sentence
from emoscope.model_folder.file_names import FP32_GRAPH, INT8_GRAPH, MANIFEST
from emoscope.model_folder.manifest import Manifest

WEIGHTS = "model.safetensors"
_SHARES = ("precision", "recall", "f1")

_ONNX_RUNTIME = """import numpy as np
import onnxruntime
import tokenizers

tokenizer = tokenizers.Tokenizer.from_file("tokenizer.json")
tokenizer.enable_truncation({limit})
session = onnxruntime.InferenceSession("{graph}")
tokens = tokenizer.encode("thank you so much!")
logits = session.run(
    ["logits"],
    {{
        "input_ids": np.array([tokens.ids], dtype=np.int64),
        "attention_mask": np.array([tokens.attention_mask], dtype=np.int64),
    }},
)[0]"""


def introduction(manifest: Manifest) -> Iterator[str]:
    """Name, what it was trained for, and its labels."""
    yield f"# {facts.model_name(manifest)}"
    if facts.recipe(manifest).get("description"):
        yield str(facts.recipe(manifest)["description"])
    choice = "any number of" if manifest.task == "multi_label" else "exactly one of"
    text = f"Gives a text {choice} {len(manifest.labels)} labels: {', '.join(manifest.labels)}."
    if manifest.taxonomy.rollups:
        text += f" The labels can be rolled up to {' and '.join(manifest.taxonomy.rollups)}."
    yield text


def results(manifest: Manifest) -> Iterator[str]:
    """Headline metrics with their intervals, and each label."""
    metrics = manifest.metrics
    yield "## Results"
    if not metrics.get("headline"):
        yield "Not measured: the data had no test split."
        return
    of = f" of {facts.data_names(manifest)[0]}" if facts.more_data(manifest) else ""
    yield (
        f"On the {metrics.get('n_texts', 0):,} {metrics.get('split', 'test')} texts{of}, "
        "scored once, "
        "with thresholds from validation. Intervals are 95 %, from a bootstrap over the texts; "
        "they do not include the variation between training seeds."
    )
    if selected := selection_sentence(facts.recipe(manifest).get("selection", {})):
        yield selected
    rows = []
    for key, (name, value) in facts.shown_metrics(manifest).items():
        ends = metrics.get("intervals", {}).get(key)
        rows.append((name, number(value), "" if ends is None else interval(*ends)))
    for name, headline in metrics.get("rollups", {}).items():
        rows.append((f"macro-F1, rolled up to {name}", number(headline["macro_f1"]), ""))
    yield _table(("metric", "value", "95 % interval"), rows)
    for name, other in metrics.get("data_sets", {}).items():
        measured = ", ".join(
            f"{METRIC_NAMES[key]} {number(other['headline'][key])}"
            for key in facts.shown_metrics(manifest)
            if other["headline"].get(key) is not None
        )
        yield f"On the {other['n_texts']:,} {other['split']} texts of {name}: {measured}."
    absent = [row["label"] for row in metrics.get("per_label", ()) if not row["support"]]
    if absent:
        yield (
            f"No {metrics.get('split', 'test')} text has {listing(map(_cell, absent))}: not "
            "measured, and left out of macro averages."
        )
    if metrics.get("per_label"):
        yield _table(
            ("label", "texts", "precision", "recall", "F1"),
            (
                (row["label"], f"{row['support']:,}", *(number(row[n]) for n in _SHARES))
                for row in metrics["per_label"]
            ),
        )


def usage(manifest: Manifest, files: Collection[str]) -> Iterator[str]:
    """How to load it with emoscope, transformers and ONNX Runtime, as far as its files allow."""
    yield "## How to use it"
    yield "With emoscope, which applies calibration, thresholds and roll-ups:"
    yield _code(
        'import emoscope\n\nclassifier = emoscope.load("path/to/this/folder")\n'
        'print(classifier("thank you so much!").labels)'
    )
    if manifest.kind != "encoder":
        yield "This is a linear model in the skops format; it is loaded without pickle."
        return
    activation = facts.activation(manifest)
    calibrated = read_policy(manifest.policy).calibration.kind == "none"
    if WEIGHTS in files:
        yield (
            "With transformers. It gives "
            + ("the same probabilities" if calibrated else "probabilities that are not calibrated")
            + f" and knows no thresholds: those below are in `{MANIFEST}`."
        )
        module = facts.own_architecture(manifest)
        register = f"import {module}  # registers its architecture\n\n" if module else ""
        yield _code(
            f"{register}from transformers import pipeline\n\n"
            'classify = pipeline("text-classification", "path/to/this/folder", top_k=None)\n'
            f'print(classify("thank you so much!", function_to_apply="{activation}"))'
        )
    graph = next((name for name in (INT8_GRAPH, FP32_GRAPH) if name in files), None)
    if graph is not None:
        end = ":" if calibrated else ", once calibrated as said below:"
        yield f"With ONNX Runtime alone; probabilities are the {activation} of `logits`{end}"
        yield _code(_ONNX_RUNTIME.format(limit=manifest.max_length or 512, graph=graph))


def decisions(manifest: Manifest) -> Iterator[str]:
    """Calibration, thresholds, and what happens when nothing passes."""
    policy = read_policy(manifest.policy)
    activation = facts.activation(manifest)
    yield "## How scores become labels"
    kind, split = policy.calibration.kind, policy.fitted_on.get("split", "validation")
    if kind == "none":
        inside = policy.fitted_on.get("folded", {}).get("kind", "none")
        made = "" if inside == "none" else f" Its calibration ({inside}) is in the last layer."
        text = f"probability = {activation}(logit).{made} All of it was fitted on {split}."
    else:
        text = (
            f"probability = {activation}(slope × logit + offset); slope and offset of each label "
            f"are in `{MANIFEST}` (calibration: {kind}). All of it was fitted on {split}."
        )
    if policy.method == "argmax":
        yield f"{text}\nThe most probable label holds."
        return
    empty = {
        "none": "a text without one gets no label",
        "top": "a text without one gets its most probable label",
        "neutral": "a text without one is neutral",
    }[policy.fallback]
    yield f"{text}\nA label holds from its threshold on (method {policy.method}); {empty}."
    thresholds = zip(policy.labels, policy.thresholds.tolist(), strict=True)
    yield _table(("label", "threshold"), ((label, number(value)) for label, value in thresholds))


def data(manifest: Manifest) -> Iterator[str]:
    """What it learned from, and under which licence that is."""
    rows = manifest.provenance.get("data", {}).get("rows", {})
    yield "## Data"
    named = [(facts.data_names(manifest)[0], facts.known_data(manifest))]
    named += facts.more_data(manifest)
    counted = ", ".join(f"{n:,} {split}" for split, n in rows.items() if n)
    titles = " and ".join(known.title if known else name for name, known in named)
    yield f"{titles}: {counted} texts." if counted else f"{titles}."
    for name, known in named:
        if known is None:
            yield f"The data {name!r} is not known here. Add what you know."
        else:
            yield f"{known.title}: {known.description} {known.terms}\n{known.citation}"
    if taught := facts.recipe(manifest).get("distillation"):
        texts = ", ".join(Path(one).name for one in taught["unlabelled"])
        more = f", also of unlabelled texts ({texts})" if texts else ""
        yield f"It learned the probabilities of its teachers too{more}."


def limits(manifest: Manifest) -> Iterator[str]:
    """What it is for, what it is not for, and the known faults of its data."""
    data = facts.known_data(manifest)
    yield "## Intended use, limits and biases"
    yield (
        "Meant for finding tendencies in many texts, for sorting and searching them, and for "
        "research. Not meant for judging a single person by what they wrote: not in hiring, "
        "insurance, credit, medicine, police work or school."
    )
    text = (
        "The labels say what a text seems to express, which need not be what its writer felt. "
        "Irony, jokes, quotations and feelings that only the context tells are often missed."
    )
    if data is not None and data.language == "en":
        text += "\nTexts in other languages than English get labels that mean nothing."
    yield text
    unknown = ("The biases of the data are not known here. Add what you know.",)
    biases = [*(data.biases if data else unknown)]
    for name, other in facts.more_data(manifest):
        biases += [f"{name}: {bias}" for bias in (other.biases if other else unknown)]
    yield "\n".join(f"- {bias}" for bias in biases)


def origin(manifest: Manifest) -> Iterator[str]:
    """Recipe, seed, versions and checksums."""
    known = manifest.provenance
    yield "## Origin"
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
    yield "\n".join(f"- {name}: {value}" for name, value in rows if value not in (None, ""))
    yield (
        "Made with [emoscope](https://github.com/emoscope/emoscope); every detail is in "
        f"`{MANIFEST}`."
    )


def _code(lines: str) -> str:
    return f"```python\n{lines}\n```"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table whose first column is text and whose others are numbers."""
    lines = [columns, ("---", *("--:",) * (len(columns) - 1)), *(map(_cell, row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    """A label inside a Markdown table."""
    return " ".join(text.split()).replace("|", r"\|")

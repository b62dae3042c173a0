"""The head of a card: what the Hugging Face hub reads (https://huggingface.co/docs/hub/model-cards)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from emoscope.card import facts
from emoscope.model_folder.manifest import Manifest

_HUB_METRIC = {"accuracy": "accuracy", "subset_accuracy": "accuracy"}  # all others are kinds of F1


def hub_metadata(manifest: Manifest, license_id: str = "") -> str:
    """YAML between two rules; ``license_id`` names a licence other than that of the data."""
    data = facts.known_data(manifest)
    lines = ["---"]
    if license_id:
        lines.append(f"license: {_yaml(license_id)}")
    elif data is None or any(other is None for _, other in facts.more_data(manifest)):
        lines.append("license: unknown")
    else:
        lines.append(f"license: {data.license}")
        if data.license_name and data.license_link:
            lines += [f"license_name: {data.license_name}", f"license_link: {data.license_link}"]
    if data is not None:
        lines += ["language:", f"- {data.language}"]
    lines += ["tags:", *(f"- {tag}" for tag in _tags(manifest))]
    hub_id = facts.hub_id(manifest)
    if hub_id:
        lines += ["datasets:", f"- {_yaml(hub_id)}"]
    encoder = facts.base_encoder(manifest)
    if encoder is not None:
        lines.append(f"base_model: {_yaml(encoder)}")
    kinds = ["f1"] if manifest.task == "multi_label" else ["accuracy", "f1"]
    lines += ["metrics:", *(f"- {kind}" for kind in kinds)]
    lines.append("pipeline_tag: text-classification")
    lines.append(f"library_name: {'transformers' if manifest.kind == 'encoder' else 'emoscope'}")
    lines += _model_index(manifest)
    return "\n".join([*lines, "---", ""])


def _model_index(manifest: Manifest) -> Iterator[str]:
    shown = facts.shown_metrics(manifest)
    if not shown:
        return
    data = facts.known_data(manifest)
    yield "model-index:"
    yield f"- name: {_yaml(facts.model_name(manifest))}"
    yield "  results:"
    yield "  - task:"
    yield "      type: text-classification"
    yield "      name: Emotion classification"
    yield "    dataset:"
    yield f"      type: {_yaml(facts.hub_id(manifest) or facts.data_names(manifest)[0])}"
    yield f"      name: {_yaml(data.title if data else facts.data_names(manifest)[0])}"
    yield f"      split: {_yaml(str(manifest.metrics.get('split', 'test')))}"
    yield "    metrics:"
    for key, (name, value) in shown.items():
        yield f"    - type: {_HUB_METRIC.get(key, 'f1')}"
        yield f"      value: {value:.4f}"
        yield f"      name: {_yaml(name)}"


def _tags(manifest: Manifest) -> list[str]:
    tags = ["emotion", "emotion-classification", manifest.task.replace("_", "-"), "emoscope"]
    if manifest.taxonomy.name in ("goemotions", "emotion"):
        tags.append(manifest.taxonomy.name)
    return list(dict.fromkeys(tags))


def _yaml(text: str) -> str:
    """A string that YAML reads back as it is: a JSON string is one in YAML too."""
    return json.dumps(text, ensure_ascii=False)

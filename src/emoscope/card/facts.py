"""What a manifest says of a model: name, data, recipe, and the metrics that a card shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from emoscope.data.known_datasets import PublishedData, published_data
from emoscope.data.mixture import JOINED
from emoscope.data.settings import HUB_PREFIX
from emoscope.metrics.names import METRIC_NAMES
from emoscope.model_folder.manifest import Manifest

_SHOWN = {
    "multi_label": ("macro_f1", "micro_f1", "sample_f1", "subset_accuracy"),
    "single_label": ("accuracy", "macro_f1", "weighted_f1"),
}


def shown_metrics(manifest: Manifest) -> dict[str, tuple[str, float]]:
    """Key -> name and value, of the headline metrics that were measured."""
    headline = manifest.metrics.get("headline", {})
    known = (key for key in _SHOWN[manifest.task] if headline.get(key) is not None)
    return {key: (METRIC_NAMES[key], headline[key]) for key in known}


def recipe(manifest: Manifest) -> Mapping[str, Any]:
    """The recipe as plain data; empty where none is recorded."""
    found: Mapping[str, Any] = manifest.provenance.get("recipe", {})
    return found


def model_name(manifest: Manifest) -> str:
    """What to call the model."""
    return str(recipe(manifest).get("name") or f"{manifest.taxonomy.name}-{manifest.kind}")


def data_name(manifest: Manifest) -> str:
    """The name of the data that it was in fact trained on."""
    return str(manifest.provenance.get("data", {}).get("name", "unknown data"))


def data_names(manifest: Manifest) -> list[str]:
    """The names of its data sets, that which the metrics are of first."""
    return data_name(manifest).split(JOINED)


def known_data(manifest: Manifest) -> PublishedData | None:
    """Facts about the first data set, where it is one of the published ones."""
    first = data_names(manifest)[0]
    return published_data(first) or published_data(_asked_of_hub(manifest))


def more_data(manifest: Manifest) -> list[tuple[str, PublishedData | None]]:
    """Name and facts of each further data set."""
    return [(name, published_data(name)) for name in data_names(manifest)[1:]]


def hub_id(manifest: Manifest) -> str | None:
    """The data's id on the hub, where it has one."""
    data = known_data(manifest)
    if data is not None:
        return data.hub_id
    return _asked_of_hub(manifest).removeprefix(HUB_PREFIX) or None


def _asked_of_hub(manifest: Manifest) -> str:
    """``hub:owner/name`` if the recipe asked for that, else nothing.

    Any other name in a recipe proves little: data that was not found is replaced by everyday.
    """
    name = str(recipe(manifest).get("data", {}).get("name", ""))
    return name if name.startswith(HUB_PREFIX) else ""


def base_encoder(manifest: Manifest) -> str | None:
    """Hub id of the encoder that training started from; None for a local folder."""
    encoder = str(recipe(manifest).get("model", {}).get("encoder", ""))
    return encoder if re.fullmatch(r"[\w-]+/[\w.-]+", encoder) else None


def own_architecture(manifest: Manifest) -> str | None:
    """Module that tells transformers of an architecture of ours; None for those that it knows."""
    model = recipe(manifest).get("model", {})
    if model.get("kind") == "minibert":
        return "emoscope.models.minibert"
    return "emoscope.models.mean_pooling" if model.get("pooling") == "mean" else None


def activation(manifest: Manifest) -> str:
    """What turns its logits into probabilities."""
    return "sigmoid" if manifest.task == "multi_label" else "softmax"

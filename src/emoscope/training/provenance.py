"""Where a model comes from, as plain data for its manifest and its run's ``metrics.json``."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

from emoscope.data.examples import SPLITS, Examples
from emoscope.evaluation.judge import Evaluation
from emoscope.training.recipe import Recipe

_LIBRARIES = ("numpy", "scikit-learn", "torch", "transformers", "onnxruntime", "tokenizers")

_PATHS = {
    "model": ("encoder", "pretrained", "word_table", "members"),
    "distillation": ("teachers", "unlabelled"),
}
"""Keys that may name folders or files, by their table."""


def provenance(recipe: Recipe, examples: Examples, seconds: float) -> dict[str, Any]:
    """Recipe, seed, data with checksums, versions, platform, time.

    Paths of data are left out and other absolute ones shortened to their last part: they may be
    private, and the checksums say what the data was.
    """
    settings = recipe.model_dump(mode="json", exclude_none=True)
    for table in (settings["data"], *settings["more_data"]):
        for key in ("path", "validation_path", "test_path"):
            table.pop(key, None)
    for table, keys in _PATHS.items():
        for key in keys:
            if given := settings.get(table, {}).get(key):
                many = isinstance(given, list)
                settings[table][key] = [_last(one) for one in given] if many else _last(given)
    settings.pop("search")
    settings.get("selection", {}).pop("study", None)
    if settings["model"]["kind"] == "linear":
        del settings["training"]  # for encoders only
    return {
        "recipe": settings,
        "seed": recipe.seed,
        "data": {
            "name": examples.name,
            "rows": {split: int((examples.splits == split).sum()) for split in SPLITS},
            "files": [asdict(file) for file in examples.files],
        },
        "versions": versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "fit_seconds": round(seconds, 1),
    }


def _last(path: str) -> str:
    return Path(path).name if Path(path).is_absolute() else path


def versions() -> dict[str, str]:
    """Versions of Python, emoscope and the libraries that make a model what it is."""
    found = {"python": platform.python_version(), "emoscope": metadata.version("emoscope")}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def headlines(
    evaluation: Evaluation, others: Mapping[str, Evaluation] | None = None
) -> dict[str, Any]:
    """The metrics that travel with a model; ``others`` are those on further data sets, by name."""
    more = {name: headlines(other) for name, other in (others or {}).items()}
    fine = evaluation.fine.to_json()
    return {
        "split": evaluation.split,
        "n_texts": evaluation.fine.n_texts,
        "headline": fine["headline"],
        "intervals": fine["intervals"],
        "rollups": {
            name: report.to_json()["headline"] for name, report in evaluation.rollups.items()
        },
        "per_label": [
            {
                "label": row.label,
                "support": row.support,
                **{
                    name: None if row.support == 0 else round(getattr(row, name), 4)
                    for name in ("precision", "recall", "f1")
                },
            }
            for row in evaluation.fine.per_label
        ],
        **({"data_sets": more} if more else {}),
    }

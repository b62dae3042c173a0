"""The models that ship inside the package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from emoscope.model_folder.file_names import MANIFEST
from emoscope.model_folder.manifest import Manifest, read_manifest

_SHIPPED = Path(__file__).parents[1] / "shipped_models"


@dataclass(frozen=True)
class ShippedModel:
    """A model that is opened by its name."""

    name: str
    purpose: str
    """What it is good for, in one sentence."""
    time_share: float = 1.0
    """Time it takes for many texts, as a share of what ``default`` takes; measured by
    ``benchmarks/inference_speed.py``."""

    @property
    def folder(self) -> Path:
        """Its model folder."""
        return _SHIPPED / self.name

    @property
    def is_installed(self) -> bool:
        """Whether this installation has it."""
        return (self.folder / MANIFEST).is_file()

    @cached_property
    def manifest(self) -> Manifest:
        """Its manifest; the package's installer has checked the files."""
        return read_manifest(self.folder, verify=False)

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum((self.folder / name).stat().st_size for name in (MANIFEST, *self.manifest.files))

    @property
    def figures(self) -> Mapping[str, float]:
        """Headline metrics on the test split, by name."""
        headline: Mapping[str, float] = self.manifest.metrics.get("headline", {})
        return headline

    def to_json(self) -> dict[str, Any]:
        """Plain data with stable keys; ``size`` is in bytes."""
        return {
            "name": self.name,
            "purpose": self.purpose,
            "folder": str(self.folder),
            "size": self.size,
            "task": self.manifest.task,
            "labels": list(self.manifest.labels),
            "split": self.manifest.metrics.get("split"),
            "figures": dict(self.figures),
        }


DEFAULT = ShippedModel("default", "28 emotions of English texts, the most accurate that ships")
FAST = ShippedModel("fast", "the same for millions of texts, in a fraction of the time", 0.22)

CATALOGUE = {model.name: model for model in (DEFAULT, FAST)}
"""Name -> model."""

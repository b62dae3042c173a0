"""Putting a card together, and into its folder."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from emoscope.card import sections
from emoscope.card.metadata import hub_metadata
from emoscope.model_folder.file_names import CARD
from emoscope.model_folder.manifest import Manifest


def write_card(folder: Path, manifest: Manifest, *, license_id: str = "") -> Path:
    """Write the card of a model folder; do so before its manifest lists the checksums."""
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    path = folder / CARD
    text = model_card(manifest, files=files, license_id=license_id)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def model_card(manifest: Manifest, *, files: Collection[str] = (), license_id: str = "") -> str:
    """Markdown text of the card, its metadata on top.

    ``files`` are the paths in the model folder, which decide the ways of loading that are shown;
    without them, those of the manifest. ``license_id`` is the hub's identifier of the licence that
    the weights are published under; without it, that of the data.
    """
    blocks = [
        *sections.introduction(manifest),
        *sections.results(manifest),
        *sections.usage(manifest, files or manifest.files),
        *sections.decisions(manifest),
        *sections.data(manifest),
        *sections.limits(manifest),
        *sections.origin(manifest),
    ]
    return hub_metadata(manifest, license_id) + "\n" + "\n\n".join(blocks) + "\n"

"""``emoscope.json``: what a trained model is, written and read in one place.

It names the format version, what the labels are, how scores become labels, where the model comes
from, and the SHA-256 of every other file. Nothing in a model folder is ever executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from emoscope.errors import ModelFolderError
from emoscope.model_folder.checksums import checksums_of, verify_files
from emoscope.model_folder.file_names import MANIFEST, MANIFEST_BYTES
from emoscope.model_folder.json_file import parse_json, read_regular_file
from emoscope.model_folder.manifest_values import FORMAT_VERSION, checked_values
from emoscope.taxonomy import Task, Taxonomy


@dataclass(frozen=True)
class Manifest:
    """What ``emoscope.json`` says."""

    kind: str
    """What scores texts: a key of :data:`emoscope.loading.scorer_kinds.KINDS`."""
    task: Task
    taxonomy: Taxonomy
    policy: Mapping[str, Any]
    """A policy as :meth:`emoscope.decisions.Policy.to_json` gives it."""
    max_length: int | None = None
    """Longest window in tokens, special tokens included; None where the length has no limit."""
    normalisation: str = "nfc-1"
    """How texts are normalised: a key of :data:`emoscope.text.NORMALISERS`."""
    language: str | None = "en"
    """Language of the train texts where it is English; None for any other."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """Recipe, seed, data files with checksums, versions, training time."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """Headline metrics on test, with their intervals."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Relative path -> SHA-256, filled in by :func:`write_manifest`."""
    format_version: int = FORMAT_VERSION

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the score columns."""
        return self.taxonomy.labels


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Write ``emoscope.json`` for all files that lie in ``folder`` now.

    Returns the manifest with their checksums. The file appears whole or not at all.
    """
    manifest = replace(manifest, files=checksums_of(folder))
    data = {f.name: getattr(manifest, f.name) for f in fields(Manifest)}
    data |= {"taxonomy": manifest.taxonomy.to_json(), "labels": list(manifest.labels)}
    ordered = {"format_version": data.pop("format_version"), **data}
    part = folder / (MANIFEST + ".part")
    part.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST)
    return manifest


def read_manifest(folder: Path, *, verify: bool = True) -> Manifest:
    """Read ``emoscope.json`` and, with ``verify``, check every file against it.

    Raises :class:`ModelFolderError` for a folder that is missing, incomplete, altered, written by
    a newer emoscope, or that holds files the manifest does not list.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise ModelFolderError(
            f"There is no model folder {str(folder)!r}. Give the folder that holds {MANIFEST}, "
            "for example runs/<name>/model."
        )
    if not path.exists():
        raise ModelFolderError(
            f"{str(folder)!r} is not an emoscope model folder: it has no {MANIFEST}. "
            "Give the folder that `emoscope train` wrote, for example runs/<name>/model."
        )
    data = parse_json(read_regular_file(path, MANIFEST_BYTES), path)
    values = checked_values(data, path)
    manifest = Manifest(**{f.name: values[f.name] for f in fields(Manifest) if f.name in values})
    if verify:
        verify_files(folder, manifest.files)
    return manifest

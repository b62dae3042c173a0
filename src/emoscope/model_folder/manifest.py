"""The model folder: how a trained model lies on disk, read and written in one place.

``emoscope.json`` names the format version, what the labels are, how scores become labels, where the
model comes from, and the SHA-256 of every other file. Nothing in a model folder is ever executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from emoscope.errors import ModelFolderError, listing
from emoscope.taxonomy import Task, Taxonomy
from emoscope.text import NORMALISATION

FORMAT_VERSION = 1
MANIFEST = "emoscope.json"

Kind = Literal["linear", "encoder"]


@dataclass(frozen=True)
class Manifest:
    """What ``emoscope.json`` says."""

    kind: Kind
    task: Task
    taxonomy: Taxonomy
    policy: Mapping[str, Any]
    """A policy as :meth:`emoscope.decisions.Policy.to_json` gives it."""
    max_length: int | None = None
    """Longest window in tokens, special tokens included; None where the length has no limit."""
    normalisation: str = NORMALISATION
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
    checksums = {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST and not path.name.endswith(".part")
    }
    data = {f.name: getattr(manifest, f.name) for f in fields(Manifest)}
    data |= {"taxonomy": manifest.taxonomy.to_json(), "labels": list(manifest.labels)}
    data["files"] = checksums
    ordered = {"format_version": data.pop("format_version"), **data}
    part = folder / (MANIFEST + ".part")
    part.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST)
    return replace(manifest, files=checksums)


def read_manifest(folder: Path, *, verify: bool = True) -> Manifest:
    """Read ``emoscope.json`` and, unless told otherwise, check every file against it.

    Raises :class:`ModelFolderError` for a folder that is missing, incomplete, altered, or written
    by a newer emoscope.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise ModelFolderError(
            f"There is no model folder {str(folder)!r}. Give the folder that holds {MANIFEST}, "
            "for example runs/<name>/model."
        )
    if not path.is_file():
        raise ModelFolderError(
            f"{str(folder)!r} is not an emoscope model folder: it has no {MANIFEST}. "
            "Give the folder that `emoscope train` wrote, for example runs/<name>/model."
        )
    try:
        data = json.loads(path.read_bytes())
    except ValueError as error:
        raise ModelFolderError(
            f"{path} is not valid JSON ({error}). Copy the model folder again, or train it anew."
        ) from error
    version = data.get("format_version") if isinstance(data, dict) else None
    if not isinstance(version, int):
        raise ModelFolderError(
            f"{path} names no format_version, so it is not an emoscope manifest. "
            "Give the folder that `emoscope train` wrote."
        )
    if version > FORMAT_VERSION:
        raise ModelFolderError(
            f"{path} has format version {version}; this emoscope reads up to {FORMAT_VERSION}. "
            "Upgrade with: pip install --upgrade emoscope"
        )
    manifest = _parse(path, data)
    if verify:
        verify_files(folder, manifest)
    return manifest


def verify_files(folder: Path, manifest: Manifest) -> None:
    """Compare every listed file with its checksum.

    Raises :class:`ModelFolderError` naming the first that is missing or differs.
    """
    for name, expected in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise ModelFolderError(
                f"The model folder {str(folder)!r} lacks the file {name}. "
                "Copy the whole folder again, or train it anew."
            )
        if sha256_of(path) != expected:
            raise ModelFolderError(
                f"The file {name} in model folder {str(folder)!r} is not the one that was saved "
                "(its SHA-256 differs). Copy the folder again, or train it anew."
            )


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file, read in pieces of 1 MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _parse(path: Path, data: Mapping[str, Any]) -> Manifest:
    known = {f.name for f in fields(Manifest)}
    missing = sorted({"kind", "task", "taxonomy", "policy", "files"} - set(data))
    if missing:
        raise ModelFolderError(
            f"{path} lacks {listing(missing)}. Copy the model folder again, or train it anew."
        )
    for key, allowed in (("kind", get_args(Kind)), ("task", get_args(Task))):
        if data[key] not in allowed:
            raise ModelFolderError(
                f"{path}: {key} is {data[key]!r}, expected one of {listing(allowed)}. "
                "The file was edited or is damaged; copy the folder again."
            )
    if data.get("normalisation", NORMALISATION) != NORMALISATION:
        raise ModelFolderError(
            f"{path}: texts were normalised with {data['normalisation']!r}; this emoscope knows "
            f"{NORMALISATION!r}. Upgrade with: pip install --upgrade emoscope"
        )
    arguments = {key: value for key, value in data.items() if key in known}
    try:
        arguments["taxonomy"] = Taxonomy.from_json(data["taxonomy"])
        return Manifest(**arguments)
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelFolderError(
            f"{path} is damaged ({type(error).__name__}: {error}). Copy the model folder again."
        ) from error


__all__ = [
    "FORMAT_VERSION",
    "MANIFEST",
    "Kind",
    "Manifest",
    "read_manifest",
    "sha256_of",
    "verify_files",
    "write_manifest",
]

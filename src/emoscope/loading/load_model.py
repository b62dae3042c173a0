"""Opening a model: from a folder, a run, the hub or the package to a classifier."""

from __future__ import annotations

from pathlib import Path

from emoscope.decisions import Policy, read_policy
from emoscope.errors import ModelFolderError
from emoscope.inference.classifier import EmotionClassifier, Origin
from emoscope.loading.catalogue import CATALOGUE
from emoscope.loading.find_model import find_model_folder
from emoscope.loading.scorer_kinds import open_scorer
from emoscope.model_folder.manifest import Manifest, read_manifest
from emoscope.scorers.runtime_options import (
    Device,
    GraphChoice,
    RuntimeOptions,
    runtime_options,
)


def load(
    model: str | Path | None = None,
    *,
    device: Device | None = None,
    threads: int | None = None,
    graph: GraphChoice | None = None,
) -> EmotionClassifier:
    """Open a model as a classifier.

    ``model`` is the name of a model that ships (``emoscope models`` lists them), a model folder, a
    run folder (its ``model`` is meant), or a hub id ``owner/name``; without one, ``default``. Every
    file is checked against the checksums that were saved with it; those of the package its
    installer has checked.

    ``device`` is ``auto`` (CUDA where it works, else the processor), ``cpu`` or ``cuda``;
    ``threads`` the number of processor threads, by default as many as this process may use;
    ``graph`` is ``auto``, ``int8`` or ``fp32``. What is not given is taken from the environment:
    EMOSCOPE_DEVICE, EMOSCOPE_THREADS, EMOSCOPE_GRAPH.

    Raises :class:`emoscope.errors.DeviceError` for values out of range and for CUDA that is not
    there, :class:`ModelFolderError` when there is none, or when it is incomplete, altered or of a
    newer format, and :class:`MissingExtra` when its kind, or the hub, needs one.
    """
    return load_with(model, runtime_options(device, threads, graph))


def load_with(model: str | Path | None, options: RuntimeOptions | None = None) -> EmotionClassifier:
    """:func:`load` with all options in one; without any, those of the environment."""
    return open_folder(find_model_folder(model), options or runtime_options())


def open_folder(folder: Path, options: RuntimeOptions) -> EmotionClassifier:
    """Open a model folder with these options; a pickled classifier comes back through here."""
    ships = any(folder == shipped.folder for shipped in CATALOGUE.values())
    manifest = read_manifest(folder, verify=not ships)
    policy = _policy(folder, manifest)
    return EmotionClassifier(
        open_scorer(folder, manifest, options),
        policy,
        manifest.taxonomy,
        manifest,
        origin=Origin(open_folder, folder.absolute(), options),
    )


def _policy(folder: Path, manifest: Manifest) -> Policy:
    """The policy of a manifest; :class:`ModelFolderError` where it is not for its labels."""
    policy = read_policy(manifest.policy)
    rollups = manifest.taxonomy.rollups
    if (
        policy.labels != manifest.labels
        or policy.task != manifest.task
        or any(
            name in rollups and rolled.labels != rollups[name].labels
            for name, rolled in policy.rollups.items()
        )
    ):
        raise ModelFolderError(
            f"The policy in {str(folder)!r} is not for the labels, roll-ups and task that its "
            "manifest names. Copy the model folder again, or train the model again."
        )
    return policy

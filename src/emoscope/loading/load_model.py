"""Opening a model as a classifier."""

from __future__ import annotations

from pathlib import Path

from emoscope.decisions import Policy
from emoscope.errors import ModelFolderError
from emoscope.inference.classifier import EmotionClassifier
from emoscope.loading.catalogue import CATALOGUE
from emoscope.loading.find_model import find_model_folder
from emoscope.loading.scorer_kinds import open_scorer
from emoscope.model_folder.manifest import Manifest, read_manifest
from emoscope.scorers.runtime_options import RuntimeOptions


def load(model: str | Path | None = None) -> EmotionClassifier:
    """Open a model as a classifier.

    ``model`` is the name of a model that ships (``emoscope models`` lists them), a model folder, a
    run folder (its ``model`` is meant), or a hub id ``owner/name``; without one, ``default``. Every
    file is checked against the checksums that were saved with it; those of the package its
    installer has checked.

    Raises :class:`ModelFolderError` when there is none, or when it is incomplete, altered or of a
    newer format, and :class:`MissingExtra` when its kind, or the hub, needs one.
    """
    folder = find_model_folder(model)
    ships = any(folder == shipped.folder for shipped in CATALOGUE.values())
    manifest = read_manifest(folder, verify=not ships)
    policy = _policy(folder, manifest)
    scorer = open_scorer(folder, manifest, RuntimeOptions())
    return EmotionClassifier(scorer, policy, manifest.taxonomy, manifest)


def _policy(folder: Path, manifest: Manifest) -> Policy:
    """The policy of a manifest; :class:`ModelFolderError` where it is not for its labels."""
    policy = Policy.from_json(manifest.policy)
    rollups = manifest.taxonomy.rollups
    if (
        policy.labels != manifest.labels
        or policy.task != manifest.task
        or any(
            name in rollups and coarse.labels != rollups[name].labels
            for name, coarse in policy.rollups.items()
        )
    ):
        raise ModelFolderError(
            f"The policy in {str(folder)!r} is not for the labels, roll-ups and task that its "
            "manifest names. Copy the model folder again, or train the model again."
        )
    return policy

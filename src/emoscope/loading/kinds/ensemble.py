"""Opens ensembles: each member is a model folder of its own inside."""

from __future__ import annotations

from pathlib import Path

from emoscope.decisions import read_policy
from emoscope.errors import ModelFolderError
from emoscope.loading.scorer_kinds import open_scorer as open_any_scorer
from emoscope.model_folder.checksums import listed_file
from emoscope.model_folder.ensemble_file import EnsembleFile
from emoscope.model_folder.file_names import ENSEMBLE_FILE, MEMBERS
from emoscope.model_folder.manifest import Manifest, read_manifest
from emoscope.scorers.ensemble import EnsembleScorer, Member
from emoscope.scorers.runtime_options import RuntimeOptions


def open_scorer(folder: Path, manifest: Manifest, options: RuntimeOptions) -> EnsembleScorer:
    """Open all members; the checksums of their files are in the ensemble's own manifest."""
    listed_file(folder, manifest.files, ENSEMBLE_FILE)
    described = EnsembleFile.read(folder)
    members = []
    for name, weight in zip(described.names, described.weights, strict=True):
        place = folder / MEMBERS / name
        inner = read_manifest(place, verify=False)
        for file in inner.files:
            listed_file(folder, manifest.files, f"{MEMBERS}/{name}/{file}")
        if (inner.labels, inner.task) != (manifest.labels, manifest.task):
            raise ModelFolderError(
                f"The member {str(place)!r} has other labels, or another task, than its ensemble. "
                "Copy the model folder again, or make the ensemble again."
            )
        if inner.kind == manifest.kind:
            raise ModelFolderError(
                f"The member {str(place)!r} is an ensemble itself, which is not opened. Join its "
                "members directly."
            )
        policy = read_policy(inner.policy)
        if (policy.labels, policy.task) != (inner.labels, inner.task):
            raise ModelFolderError(
                f"The policy of the member {str(place)!r} is not for its labels and task. Copy the "
                "model folder again, or make the ensemble again."
            )
        scorer = open_any_scorer(place, inner, options)
        members.append(Member(scorer, policy.calibration, weight))
    return EnsembleScorer(members)

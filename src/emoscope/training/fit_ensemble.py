"""An ensemble as a model that is fitted: its members copied, and weighed by validation if asked."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emoscope.data.examples import Examples
from emoscope.decisions.activation import sigmoid, softmax
from emoscope.decisions.calibration import log_loss
from emoscope.errors import TrainingError
from emoscope.loading.find_model import find_model_folder
from emoscope.loading.load_model import load
from emoscope.model_folder.ensemble_file import EnsembleFile
from emoscope.model_folder.file_names import GRAPHS, MEMBERS, WEIGHTS_SUFFIX
from emoscope.model_folder.manifest import read_manifest, write_manifest
from emoscope.scorers.ensemble import EnsembleScorer, Member
from emoscope.training.recipe import Recipe, load_recipe, parse_recipe
from emoscope.training.run_folder import RECIPE
from emoscope.training.settings import EnsembleModel

_ROUNDS = 300
_STEP = 1.0


def fit_ensemble(settings: EnsembleModel, examples: Examples, folder: Path) -> EnsembleScorer:
    """Copy the members into ``folder`` and join them.

    A member that has a graph comes without the weights that only further training needs. Raises
    :class:`TrainingError` for a member of other labels, or that is an ensemble itself;
    :class:`FitOnTest` when weights are to be fitted on a test split; and what
    :func:`emoscope.load` raises.
    """
    names = tuple(f"member_{number}" for number in range(1, len(settings.members) + 1))
    members = []
    for given, name in zip(settings.members, names, strict=True):
        place = folder / MEMBERS / name
        _copy(find_model_folder(given), place, given)
        opened = load(place)
        if opened.labels != examples.taxonomy.labels or opened.task != examples.task:
            raise TrainingError(
                f"The member {given!r} has other labels than {examples.name}, or another task. "
                "Join models that were trained for the data's labels (model.members)."
            )
        members.append(Member(opened.scorer, opened.policy.calibration))
    if settings.weights == "validation":
        validation = examples.split("validation")
        validation.refuse_test("weights of an ensemble")
        scores = [member.calibrated(member.scorer.logits(validation.texts)) for member in members]
        exclusive = examples.task == "single_label"
        weights = fit_weights(np.stack(scores), validation.labels, exclusive=exclusive)
        members = [
            replace(member, weight=float(weight))
            for member, weight in zip(members, weights, strict=True)
        ]
    EnsembleFile(names, tuple(member.weight for member in members)).write(folder)
    return EnsembleScorer(members)


def ensemble_recipe(name: str, members: Sequence[str], weights: str = "equal") -> Recipe:
    """The recipe of an ensemble on the data that its first member was trained on.

    Raises :class:`RecipeError` for a wrong name, number of members or kind of weights, and
    :class:`TrainingError` when the first member does not say what it was trained on.
    """
    folder = find_model_folder(members[0])
    trained = read_manifest(folder).provenance.get("recipe", {})
    kept = folder.parent / RECIPE
    if "data" in trained and kept.is_file():  # of a run, whose manifest leaves out where files lie
        trained = load_recipe(kept).model_dump()
    if "data" not in trained:
        raise TrainingError(
            f"The model {members[0]!r} does not say what data it was trained on, which weights and "
            "policy are fitted on. Name first a member that `emoscope train` made."
        )
    tables = {
        "name": name,
        "data": trained["data"],
        "more_data": trained.get("more_data", []),
        "model": {"kind": "ensemble", "members": list(members), "weights": weights},
    }
    return parse_recipe(tables, "ensemble")


def fit_weights(
    scores: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_], *, exclusive: bool
) -> npt.NDArray[np.float64]:
    """Weights (n_members,), 0 or more with sum 1, of the lowest log loss of the weighted mean.

    ``scores`` is (n_members, n, n_labels). By exponentiated gradient (Kivinen and Warmuth, 1997),
    which stays on the simplex; the loss is convex in the weights. A step that raises the loss is
    taken back and halved.
    """
    weights, step, least = np.full(len(scores), 1.0 / len(scores)), _STEP, np.inf
    moved, gradient = weights, np.zeros(len(scores))
    for _ in range(_ROUNDS):
        mean = np.tensordot(moved, scores, axes=1)
        if exclusive:
            loss = np.logaddexp.reduce(mean, axis=1) - mean[truth]
        else:
            loss = log_loss(mean, truth.astype(np.float64)).sum(axis=1)
        if loss.mean() <= least:
            weights, least = moved, float(loss.mean())
            error = (softmax(mean) if exclusive else sigmoid(mean)) - truth
            gradient = (scores * error).sum(axis=2).mean(axis=1)
        else:
            step /= 2
        moved = weights * np.exp(-step * (gradient - gradient.min()))
        moved /= moved.sum()
    return weights


def _copy(source: Path, place: Path, given: str) -> None:
    """The model folder ``source`` without what a member does not need."""
    manifest = read_manifest(source)
    if manifest.kind == "ensemble":
        raise TrainingError(
            f"The member {given!r} is an ensemble itself. Name its members directly "
            "(model.members)."
        )
    has_graph = any(graph in manifest.files for graph in GRAPHS)
    for name in manifest.files:
        if has_graph and name.endswith(WEIGHTS_SUFFIX):
            continue
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target)
    write_manifest(place, manifest)

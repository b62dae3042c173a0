"""From a fitted model to the classifier that is judged and used: policy, calibration, graphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.data.examples import Examples
from emoscope.decisions import Policy, fit_policy, fit_rollup_policies
from emoscope.errors import ExportError
from emoscope.inference.classifier import EmotionClassifier
from emoscope.loading.load_model import load
from emoscope.model_folder.manifest import Manifest, write_manifest
from emoscope.scorers.scorer import Scorer
from emoscope.training.recipe import Recipe

Say = Callable[[str], None]
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model that has learned, saved into the run's model folder."""

    scorer: Scorer
    kind: str
    max_length: int | None = None
    seconds: float = 0.0
    """Time of fitting that the model itself kept, which counts what came before a resume."""


@dataclass(frozen=True, eq=False)
class Settled:
    """A classifier that will not change any more."""

    classifier: EmotionClassifier
    manifest: Manifest
    """As it lies in the model folder, metrics still missing."""
    validation_scores: Scores | None
    """Raw scores of the validation texts, where they are at hand."""


def settle(
    recipe: Recipe,
    fitted: Fitted,
    held_out: Examples,
    folder: Path,
    provenance: dict[str, Any],
    say: Say,
) -> Settled:
    """Fit the policy on validation, put calibration into encoders, write their ONNX graphs.

    What comes back is what :func:`emoscope.load` opens from ``folder``: of an exported encoder the
    int8 graph, so that what is measured is what is used.
    """
    say("Fitting the policy on validation")
    scores = fitted.scorer.logits(held_out.texts)
    policy = fit_policy(
        scores,
        held_out.labels,
        labels=held_out.taxonomy.labels,
        task=held_out.task,
        split="validation",
        options=recipe.policy,
    )
    if fitted.kind == "encoder" and _fold(fitted.scorer, policy, folder):
        scores = policy.calibration.apply(scores.astype(np.float64)).astype(np.float32)
        policy = policy.folded()
    policy = fit_rollup_policies(
        policy,
        held_out.taxonomy.rollups.values(),
        scores,
        held_out.labels,
        split="validation",
        options=recipe.policy,
    )
    manifest = Manifest(
        kind=fitted.kind,
        task=held_out.task,
        taxonomy=held_out.taxonomy,
        policy=policy.to_json(),
        max_length=fitted.max_length,
        provenance=provenance,
    )
    if fitted.kind == "encoder" and recipe.export != "none":
        write_manifest(folder, manifest)
        if _export(recipe, folder, held_out, say):
            classifier = load(folder)
            return Settled(classifier, classifier.manifest or manifest, None)
    classifier = EmotionClassifier(fitted.scorer, policy, held_out.taxonomy, manifest)
    return Settled(classifier, manifest, scores)


def _fold(scorer: Any, policy: Policy, folder: Path) -> bool:
    """Write the policy's calibration into the last layer of a live encoder; tell if that worked."""
    from emoscope.models.head import fold_line
    from emoscope.models.quiet import quiet_transformers

    if not fold_line(scorer.model, policy.calibration.slope, policy.calibration.offset):
        return False
    with quiet_transformers():
        scorer.model.save_pretrained(folder)
    return True


def _export(recipe: Recipe, folder: Path, held_out: Examples, say: Say) -> bool:
    """Write the graphs; a model that has none runs with torch, which is said and no failure."""
    from emoscope.export import export_model, schemes_with

    wanted = schemes_with(recipe.int8_neurons)
    for schemes in (wanted, ()) if recipe.export == "int8" else ((),):
        try:
            export_model(folder, validation=held_out, schemes=schemes, say=say)
        except ExportError as error:
            say(str(error))
        else:
            return True
    return False

"""How good a trial is on validation, and how far the sample of texts moves that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from emoscope.arrays import Bools, Floats
from emoscope.decisions import LabelledScores, Policy
from emoscope.decisions.cross_validation import f1_with_influence
from emoscope.taxonomy import Task
from emoscope.training.recipe import Recipe
from emoscope.training.validation_metrics import cross_fitted, validation_metrics

Metric = Literal["macro_f1", "micro_f1", "accuracy"]


@dataclass(frozen=True, eq=False)
class Judgement:
    """The figure of a policy on validation texts."""

    value: float
    influence: Floats
    """Of each text on the figure, shape (n_texts,)."""


def metric_of(recipe: Recipe, task: Task) -> Metric:
    """What trials are compared by: what the policy maximises, or accuracy of exclusive labels."""
    if task == "multi_label":
        return recipe.policy.objective
    return recipe.training.best_metric or "accuracy"


def judge_policy(
    policy: Policy, scored: LabelledScores, recipe: Recipe, metric: Metric
) -> Judgement:
    """The figure of a policy fitted on ``scored``, on texts that it was not fitted on.

    That is what cross-validation inside the split gave the policy chosen. Where there was nothing
    to choose, policies of one half judge the other, as they do for the influence of texts.
    """
    held_out = policy.held_out or validation_metrics(scored, recipe.policy)
    influences = [
        _influence(decided, scored, metric) for decided in cross_fitted(scored, recipe.policy)
    ]
    return Judgement(float(held_out[metric]), np.mean(influences, axis=0))


def save_influence(folder: Path, number: int, by_seed: Sequence[Floats]) -> None:
    """Keep the influence of each text on the mean of a trial's figures."""
    np.save(_file(folder, number), np.mean(by_seed, axis=0).astype(np.float32))


def sample_errors(folder: Path, numbers: Sequence[int], best: int) -> dict[int, float]:
    """Trial -> standard error of its distance to ``best`` that comes from the sample of texts.

    Both were judged on the same texts, so what these have in common cancels (the infinitesimal
    jackknife, as in :mod:`emoscope.decisions.cross_validation`). Without what a trial has left, it
    is left out.
    """
    found = {n: np.load(_file(folder, n)) for n in (*numbers, best) if _file(folder, n).is_file()}
    if best not in found:
        return {}
    return {
        n: float(np.linalg.norm((influence - found[best]).astype(np.float64)))
        for n, influence in found.items()
    }


def _influence(decided: Bools, scored: LabelledScores, metric: Metric) -> Floats:
    if metric != "accuracy":
        return f1_with_influence(decided, scored.truth, metric)[2]
    right = (decided == scored.truth).all(axis=1)
    influence: Floats = (right - right.mean()) / len(right)
    return influence


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number}.influence.npy"

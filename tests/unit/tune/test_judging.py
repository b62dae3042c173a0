from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emoscope.decisions import LabelledScores, PolicyOptions, fit_policy
from emoscope.training.recipe import Recipe
from emoscope.training.validation_metrics import validation_metrics
from emoscope.tune.judging import judge_policy, metric_of, sample_errors, save_influence

LABELS = ("joy", "anger", "fear")


def scored(noise: float, task: str = "multi_label", n: int = 300) -> LabelledScores:
    random = np.random.default_rng(0)
    truth = np.eye(3, dtype=np.bool_)[random.integers(3, size=n)]
    if task == "multi_label":
        truth |= np.eye(3, dtype=np.bool_)[random.integers(3, size=n)]
    scores = 2.0 * truth - 1.0 + noise * np.random.default_rng(1).normal(size=truth.shape)
    return LabelledScores(scores, truth, LABELS, task, "validation")  # type: ignore[arg-type]


def test_the_figure_is_that_of_cross_validation(recipe: Recipe) -> None:
    given = scored(1.5)
    policy = fit_policy(given, recipe.policy)
    judged = judge_policy(policy, given, recipe, "macro_f1")
    rows = policy.fitted_on["candidates"]
    assert judged.value in [row["macro_f1"] for row in rows]
    assert judged.value == policy.held_out["macro_f1"]
    assert judged.influence.shape == (300,)
    assert judged.influence.sum() == pytest.approx(0.0, abs=1e-9)


def test_without_a_choice_halves_judge_each_other(make_recipe: Callable[..., Recipe]) -> None:
    fixed = {"thresholds": "fixed", "calibration": "none", "fallback": "none"}
    only = make_recipe(policy=fixed)
    given = scored(1.5)
    policy = fit_policy(given, only.policy)
    assert policy.held_out == {}
    judged = judge_policy(policy, given, only, "micro_f1")
    assert judged.value == validation_metrics(given, only.policy)["micro_f1"]


def test_exclusive_labels_are_judged_by_accuracy(recipe: Recipe) -> None:
    given = scored(1.5, "single_label")
    policy = fit_policy(given, PolicyOptions())
    right = given.scores.argmax(axis=1) == given.truth.argmax(axis=1)
    judged = judge_policy(policy, given, recipe, "accuracy")
    assert judged.value == right.mean()
    # the standard error of a share, from the influence of each text
    expected = np.sqrt(right.mean() * (1 - right.mean()) / 300)
    assert np.linalg.norm(judged.influence) == pytest.approx(expected)


def test_the_metric_is_what_the_recipe_decides_by(make_recipe: Callable[..., Recipe]) -> None:
    assert metric_of(make_recipe(), "multi_label") == "macro_f1"
    micro = make_recipe(policy={"objective": "micro_f1"})
    assert metric_of(micro, "multi_label") == "micro_f1"
    assert metric_of(make_recipe(), "single_label") == "accuracy"
    macro = make_recipe(training={"best_metric": "macro_f1"})
    assert metric_of(macro, "single_label") == "macro_f1"


def test_what_trials_have_in_common_cancels(tmp_path: Path) -> None:
    """Worked by hand: the third trial differs from the first in two texts, by .3 and .4."""
    first = np.zeros(5)
    save_influence(tmp_path, 0, [first])
    save_influence(tmp_path, 1, [first + 0.1, first - 0.1])
    save_influence(tmp_path, 2, [first + np.array([0.3, -0.4, 0, 0, 0])])
    errors = sample_errors(tmp_path, [1, 2, 7], best=0)
    assert errors == {0: 0.0, 1: pytest.approx(0.0), 2: pytest.approx(0.5)}
    assert sample_errors(tmp_path, [1, 2], best=7) == {}

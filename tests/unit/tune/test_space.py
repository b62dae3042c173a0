from __future__ import annotations

from collections.abc import Callable

import optuna
import pytest

from emoscope.training.recipe import Recipe
from emoscope.tune.space import draw, grid, names_of, own_values, values_of


def test_a_trial_draws_what_its_conditions_allow(recipe: Recipe) -> None:
    names = {"model.strength": 2.0, "model.class_weight": "balanced"}
    short = optuna.trial.FixedTrial({**names, "model.words.ngrams": "[1, 1]"})
    assert draw(short, recipe) == {**names, "model.words.ngrams": [1, 1]}  # type: ignore[arg-type]
    more = {"model.words.ngrams": "[1, 2]", "model.words.min_texts": 3}
    long = optuna.trial.FixedTrial({**names, **more})
    found = draw(long, recipe)  # type: ignore[arg-type]
    assert found["model.words.min_texts"] == 3
    assert values_of(recipe, names_of(recipe, found)) == found


def test_a_grid_has_every_combination_once_and_no_idle_key(recipe: Recipe) -> None:
    found = list(grid(recipe))
    assert len(found) == 5 * 2 * (1 + 3)
    assert len({tuple(sorted(each.items())) for each in found}) == len(found)
    for each in found:
        assert ("model.words.min_texts" in each) is (each["model.words.ngrams"] == "[1, 2]")
    strengths = sorted({each["model.strength"] for each in found})
    assert strengths == [0.01, 0.1, 1.0, 10.0, 100.0]


def test_the_recipe_itself_is_a_point_of_the_space(make_recipe: Callable[..., Recipe]) -> None:
    assert own_values(make_recipe()) == {
        "model.strength": 1.0,
        "model.class_weight": "none",
        "model.words.ngrams": "[1, 2]",
        "model.words.min_texts": 2,
    }
    far = make_recipe(model={"kind": "linear", "strength": 500.0})
    assert own_values(far) is None


@pytest.mark.parametrize("step", [None, 2])
def test_whole_numbers_are_drawn_from_what_a_step_reaches(
    make_recipe: Callable[..., Recipe], step: int | None
) -> None:
    table = {"low": 1, "high": 6} | ({} if step is None else {"step": step})
    searched = make_recipe(search={"model.words.min_texts": table})
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    found = {draw(study.ask(), searched)["model.words.min_texts"] for _ in range(60)}
    assert found == set(range(1, 7, step or 1))

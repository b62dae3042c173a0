from __future__ import annotations

import numpy as np
import optuna
import pytest

from emoscope.tune.importance import importances


def study(noise: float, n: int = 30) -> optuna.Study:
    """The figure depends on x, and not on y and z, which some trials lack."""
    random = np.random.default_rng(5)

    def figure(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0.0, 1.0)
        if trial.suggest_categorical("y", ["a", "b"]) == "a":
            trial.suggest_int("z", 1, 9)
        return (x if noise == 0.0 else 0.0) + noise * random.normal()

    made = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=2))
    made.optimize(figure, n_trials=n)
    return made


@pytest.mark.slow
def test_the_key_that_matters_is_more_than_chance() -> None:
    found = importances(study(0.0), error=0.01)
    assert found[0].key == "x"
    assert sum(each.value for each in found) == pytest.approx(1.0)
    first, *others = found
    assert first.low <= first.value <= first.high
    assert first.low > first.chance
    assert all(each.low < each.chance for each in others)


@pytest.mark.slow
def test_noise_is_no_finding() -> None:
    found = importances(study(1.0), error=1.0)
    assert {each.key for each in found} == {"x", "y", "z"}
    assert not [each for each in found if each.low > each.chance]


def test_few_trials_have_no_importances() -> None:
    assert importances(study(0.0, n=9), error=0.01) == ()

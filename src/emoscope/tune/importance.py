"""Which keys matter, as far as noise lets one tell: Optuna's importances, drawn again and again."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState, create_trial

from emoscope.arrays import Floats
from emoscope.evaluation.search_result import Importance

FEWEST_TRIALS = 10
"""Complete trials below which no importance is given: it would be that of two or three trials."""
_DRAWS = 100
_TOP = 5
"""Trials that count as good at least, which Optuna's documentation advises."""


def importances(study: optuna.Study, error: float, seed: int = 0) -> tuple[Importance, ...]:
    """Importances of the searched keys, the largest first; none of fewer than ten trials.

    PED-ANOVA (Watanabe et al., 2023) tells how much the values of good trials differ from those of
    all. Its interval is that of figures which move by ``error``, their standard error; chance is
    what it finds in figures that are nothing but noise. It looks at their order alone, so that is
    the same for noise of any size.
    """
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(trials) < FEWEST_TRIALS:
        return ()
    keys = sorted({key for trial in trials for key in trial.params})
    figures = np.array([trial.value for trial in trials])
    found = _shares(trials, figures, keys)
    random = np.random.default_rng(seed)
    noise = random.normal(size=(_DRAWS, len(figures)))
    chance = np.quantile([_shares(trials, each, keys) for each in noise], 0.95, axis=0)
    moved = [_shares(trials, figures + error * each, keys) for each in noise]
    low, high = np.quantile(moved, (0.025, 0.975), axis=0)
    columns = zip(keys, *(each.tolist() for each in (found, low, high, chance)), strict=True)
    return tuple(sorted((Importance(*row) for row in columns), key=lambda i: -i.value))


def _shares(trials: Sequence[FrozenTrial], figures: Floats, keys: Sequence[str]) -> Floats:
    """Importances of ``keys`` that sum to 1, if the trials had these figures."""
    study = optuna.create_study(direction="maximize")  # in memory
    study.add_trials(
        create_trial(value=float(value), params=trial.params, distributions=trial.distributions)
        for trial, value in zip(trials, figures, strict=True)
    )
    top = min(0.5, max(0.1, _TOP / len(trials)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        found = get_param_importances(
            study, evaluator=PedAnovaImportanceEvaluator(target_quantile=top)
        )
    return np.array([found.get(key, 0.0) for key in keys])

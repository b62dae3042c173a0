"""What a search leaves beside its journal: ``trials.csv``, ``best.toml``, ``search.json``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from emoscope.evaluation.search_result import SearchResult, State, TrialResult, shown_value
from emoscope.io.atomic_files import atomic_file
from emoscope.io.file_lock import locked
from emoscope.metrics.formatting import csv_text
from emoscope.training.recipe import Recipe, recipe_toml, with_values
from emoscope.training.search_space import Selection, space_tables
from emoscope.tune.importance import importances
from emoscope.tune.judging import sample_errors
from emoscope.tune.objective import BY_SEED, EVALUATIONS, SECONDS
from emoscope.tune.space import values_of
from emoscope.tune.study import AS_RECIPE, RECORD, WORK
from emoscope.tune.workers import ERROR

TRIALS, BEST = "trials.csv", "best.toml"
_LOCK = ".results.lock"
_STATES: dict[TrialState, State] = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
}


def result_of(study: optuna.Study, recipe: Recipe) -> SearchResult:
    """The study as plain data, without what is estimated at its end."""
    trials = study.get_trials(deepcopy=False)
    record = study.user_attrs[RECORD]
    return SearchResult(
        recipe=recipe.name,
        metric=record["metric"],
        space=space_tables(recipe.search),
        seeds=record["seeds"],
        starts_with_recipe=bool(trials and trials[0].user_attrs.get(AS_RECIPE)),
        trials=tuple(trial_result(t, recipe) for t in trials if t.state in _STATES),
    )


def estimated(
    result: SearchResult, study: optuna.Study, recipe: Recipe, trials: Path
) -> SearchResult:
    """``result`` with sample errors and importances; ``trials`` is what the trials have left."""
    best = result.best
    if best is None:
        return result
    errors = sample_errors(trials, [trial.number for trial in result.complete], best.number)
    result = replace(
        result,
        trials=tuple(replace(t, sample_error=errors.get(t.number)) for t in result.trials),
    )
    if len(recipe.search) < 2:  # then nothing else is important
        return result
    return replace(result, importances=importances(study, result.figure_error, recipe.seed))


def trial_result(trial: FrozenTrial, recipe: Recipe) -> TrialResult:
    """One trial as plain data."""
    about = trial.user_attrs
    error = about.get(ERROR, "")
    if trial.state == TrialState.FAIL and not error:
        error = "its figure is no number"
    return TrialResult(
        number=trial.number,
        state=_STATES[trial.state],
        values=values_of(recipe, trial.params),
        value=trial.value,
        by_seed=tuple(about.get(BY_SEED, ())),
        evaluations=about.get(EVALUATIONS, 0),
        seconds=about.get(SECONDS),
        error=error,
    )


def write_results(
    study: optuna.Study, recipe: Recipe, folder: Path, *, final: bool = False
) -> SearchResult:
    """Write all three files into ``folder``, each at once; ``best.toml`` once there is a best one.

    ``final`` adds what is estimated at the end. Of processes that finish at the same time, the last
    to write has read all trials.
    """
    with locked(folder / _LOCK):
        result = result_of(study, recipe)
        if final:
            result = estimated(result, study, recipe, folder / WORK)
        _write(folder / TRIALS, trials_csv(result))
        result.save(folder)
        if result.best is not None:
            _write(folder / BEST, best_toml(result, recipe, folder))
    return result


def trials_csv(result: SearchResult) -> str:
    """One row a trial: state, figures, costs, and a column for each searched key."""
    seeds = max((len(trial.by_seed) for trial in result.trials), default=0)
    columns = (
        "trial", "state", result.metric, *(f"{result.metric}_seed{n}" for n in range(seeds)),
        "sample_error", "evaluations", "seconds", "error", *result.space,
    )  # fmt: skip
    rows = (
        (
            trial.number,
            trial.state,
            trial.value,
            *(trial.by_seed[n] if n < len(trial.by_seed) else None for n in range(seeds)),
            trial.sample_error,
            trial.evaluations,
            trial.seconds,
            trial.error,
            *(_cell(trial.values[key]) if key in trial.values else None for key in result.space),
        )
        for trial in result.trials
    )
    return csv_text(columns, rows)


def best_toml(result: SearchResult, recipe: Recipe, folder: Path) -> str:
    """The recipe of the best trial, which ``emoscope train`` takes, with how it was found."""
    best = result.best
    if best is None or best.value is None:
        raise ValueError("no trial is complete")
    found = with_values(recipe, best.values).model_copy(
        update={
            "name": f"{recipe.name}-tuned",
            "selection": Selection(
                study=folder,
                trial=best.number,
                trials=len(result.judged),
                evaluations=result.evaluations,
                metric=result.metric,
                value=round(best.value, 6),
                spread=None if result.spread is None else round(result.spread, 6),
            ),
        }
    )
    return (
        f"# Trial {best.number} of {folder.name}, the best of {len(result.judged)} on validation.\n"
        f"{recipe_toml(found)}"
    )


def _cell(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else shown_value(value)


def _write(path: Path, text: str) -> None:
    with atomic_file(path) as part:
        part.write_text(text, encoding="utf-8")

"""One process's share of a search: trials until the study is full or the time is over."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.study import MaxTrialsCallback
from optuna.trial import FrozenTrial, TrialState

from emoscope.data.examples import Examples
from emoscope.data.mixture import load_mixture
from emoscope.errors import SearchError
from emoscope.evaluation.search_result import SearchResult
from emoscope.training.recipe import Recipe
from emoscope.tune.objective import SURVIVED, Objective, Stopped
from emoscope.tune.options import USUAL_TRIALS, SearchOptions
from emoscope.tune.results import write_results
from emoscope.tune.space import grid
from emoscope.tune.study import WORK
from emoscope.tune.workers import ERROR, put_back_abandoned, working

FAILURES = 3
"""When so many trials have failed and none has not, the fault is not in the values."""
MOST_POINTS = 2_000
"""Of a grid; years of trials at a few minutes each would be no grid search."""
_TAKEN = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING)


def number_of_trials(recipe: Recipe, options: SearchOptions) -> int:
    """How many trials the study is to have in all."""
    if not options.grid:
        return options.trials or USUAL_TRIALS
    points = sum(1 for _ in islice(grid(recipe), MOST_POINTS + 1))
    if points > MOST_POINTS:
        raise SearchError(
            f"The grid of {recipe.name!r} has more than {MOST_POINTS:,} points. Give its ranges "
            "fewer points, leave keys out, or search without --grid."
        )
    return min(points, options.trials or points)


def train_and_validation(recipe: Recipe, data: Path | None) -> Examples:
    """Train and validation."""
    examples = load_mixture(recipe.data_sets, data, test=False)
    examples.split("validation")
    return examples


def run_trials(
    study: optuna.Study,
    recipe: Recipe,
    examples: Examples,
    options: SearchOptions,
    folder: Path,
    tell: Callable[[SearchResult], None] = lambda result: None,
    cores: int | None = None,
) -> None:
    """Run trials in this process until the study is full, or the time is over.

    ``tell`` gets the result after each trial. A trial that is interrupted waits for the next
    session.
    """
    total = number_of_trials(recipe, options)
    trials = folder / WORK

    def after_trial(study: optuna.Study, trial: FrozenTrial) -> None:
        put_back_abandoned(study, trials)
        tell(write_results(study, recipe, folder))
        _stop_if_all_fail(study)

    with working(trials) as worker:
        put_back_abandoned(study, trials)
        if len(study.get_trials(deepcopy=False, states=_TAKEN)) >= total:
            return
        objective = Objective(recipe, examples, trials, worker, total, options.seeds, cores)
        try:
            study.optimize(
                objective,
                timeout=options.timeout,
                catch=SURVIVED,
                callbacks=[after_trial, MaxTrialsCallback(total, states=_TAKEN)],
                gc_after_trial=True,  # a model of a failed trial may hang in its traceback
            )
        except Stopped as stopped:
            if stopped.__cause__ is not None:
                raise stopped.__cause__ from None


def _stop_if_all_fail(study: optuna.Study) -> None:
    finished = study.get_trials(deepcopy=False, states=_TAKEN[:3])
    failed = [trial for trial in finished if trial.state == TrialState.FAIL]
    if len(failed) == len(finished) >= FAILURES:
        why = failed[-1].user_attrs.get(ERROR, "its figure is no number")
        raise SearchError(
            f"The first {len(failed)} trials have all failed, the last one so: {why}. Correct the "
            "recipe or its space, or train it once with `emoscope train`."
        )


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Optuna neither logs, as there are lines of our own, nor warns of what is meant."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            # an evaluation that a killed session has reported and this one makes again
            warnings.filterwarnings("ignore", message="The reported value is ignored")
            yield
    finally:
        optuna.logging.set_verbosity(before)

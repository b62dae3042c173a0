"""A search from its recipe to its results, by one process or by several that share its folder."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from multiprocessing.process import BaseProcess
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.study import MaxTrialsCallback
from optuna.trial import FrozenTrial, TrialState

from emoscope.data.examples import Examples
from emoscope.data.mixture import load_mixture
from emoscope.errors import EmoscopeError, SearchError
from emoscope.evaluation.search_result import SearchResult
from emoscope.io.atomic_files import atomic_file
from emoscope.scorers.usable_cores import usable_cores
from emoscope.training.distributed import process_count
from emoscope.training.fit import check_installed
from emoscope.training.recipe import Recipe, recipe_toml
from emoscope.tune.objective import SURVIVED, Objective, Stopped
from emoscope.tune.options import USUAL_TRIALS, SearchOptions
from emoscope.tune.progress import SearchProgress
from emoscope.tune.results import result_of, write_results
from emoscope.tune.space import grid
from emoscope.tune.study import WORK, check_folder, open_study, search_folder
from emoscope.tune.workers import ERROR, put_back_abandoned, working

Say = Callable[[str], None]
FAILURES = 3
"""When so many trials have failed and none has not, the fault is not in the values."""
MOST_POINTS = 2_000
"""Of a grid; years of trials at a few minutes each would be no grid search."""
_TAKEN = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING)
_POLL_SECONDS = 1.0


def search(
    recipe: Recipe,
    options: SearchOptions | None = None,
    *,
    data: Path | None = None,
    runs: Path = Path("runs"),
    progress: bool = False,
    say: Say = lambda line: None,
) -> SearchResult:
    """Search the space of ``recipe`` until its study in ``runs/<recipe name>-search`` is full.

    Processes that call this with the same recipe and folder share one study, on one machine or on
    several; a study that was interrupted goes on. No test split is read. ``say`` gets a line a
    trial; ``progress`` shows a bar.

    Raises :class:`SearchError` for a recipe without a space, a folder with other results, a study
    of another recipe, and where no trial works; and what reading data and missing packages raise.
    """
    options = options or SearchOptions()
    folder = search_folder(recipe, runs)
    check_search(recipe, runs)
    total = number_of_trials(recipe, options)
    examples = _examples(recipe, data)
    for note in examples.notes:
        say(note)
    with _quiet_optuna():
        study = open_study(folder, recipe, examples, options, say)
        with atomic_file(folder / "recipe.toml") as part:
            part.write_text(recipe_toml(recipe), encoding="utf-8")
        say(f"searching in {folder}: {total} trials of {len(recipe.search)} keys")
        with closing(SearchProgress(total, say, bar=progress)) as shown:
            shown.update(result_of(study, recipe))
            if options.jobs > 1:
                _run_processes(study, recipe, options, data, runs, shown)
            else:
                run_trials(study, recipe, examples, options, folder, shown.update)
        result = write_results(study, recipe, folder, final=True)
    _check_result(result)
    return result


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


def check_search(recipe: Recipe, runs: Path) -> None:
    """Raise what :func:`search` would, as far as it can be told without reading data."""
    if not recipe.search:
        raise SearchError(
            f"The recipe {recipe.name!r} has no [search] table that says what to vary. Add one, "
            'such as [search] "training.learning_rate" = { low = 1e-5, high = 1e-3, log = true }; '
            "docs/tune.md shows more."
        )
    if process_count() > 1:
        raise SearchError(
            "A search runs on one process a trial, and torchrun has started several for one. Start "
            "`emoscope tune` by itself; --jobs, or the same command again, adds processes."
        )
    check_installed(recipe)
    recipe_toml(recipe)  # needs a package too
    check_folder(search_folder(recipe, runs))


def _examples(recipe: Recipe, data: Path | None) -> Examples:
    """Train and validation."""
    examples = load_mixture(recipe.data_sets, data, test=False)
    examples.split("validation")
    return examples


def _stop_if_all_fail(study: optuna.Study) -> None:
    finished = study.get_trials(deepcopy=False, states=_TAKEN[:3])
    failed = [trial for trial in finished if trial.state == TrialState.FAIL]
    if len(failed) == len(finished) >= FAILURES:
        why = failed[-1].user_attrs.get(ERROR, "its figure is no number")
        raise SearchError(
            f"The first {len(failed)} trials have all failed, the last one so: {why}. Correct the "
            "recipe or its space, or train it once with `emoscope train`."
        )


def _check_result(result: SearchResult) -> None:
    if result.best is None and result.trials:
        failed = sum(trial.state == "failed" for trial in result.trials)
        raise SearchError(
            f"No trial is complete yet: {failed} failed, {len(result.trials) - failed} were ended "
            "or go on elsewhere. Start the same command again with more --trials or time."
        )


def _run_processes(
    study: optuna.Study,
    recipe: Recipe,
    options: SearchOptions,
    data: Path | None,
    runs: Path,
    shown: SearchProgress,
) -> None:
    """Let several processes run trials, and tell of them."""
    cores = max(1, usable_cores() // options.jobs)
    context = multiprocessing.get_context("spawn")  # threads and CUDA do not survive a fork
    alone = replace(options, jobs=1)
    processes: list[BaseProcess] = [
        context.Process(target=_process, args=(recipe, alone, data, runs, cores))
        for _ in range(options.jobs)
    ]
    with _threads(cores):
        for process in processes:
            process.start()
    try:
        while any(process.is_alive() for process in processes):
            time.sleep(_POLL_SECONDS)
            shown.update(result_of(study, recipe))
    except KeyboardInterrupt:
        for process in processes:
            process.join()  # they were interrupted too, and put their trials back
        raise
    shown.update(result_of(study, recipe))
    codes = [process.exitcode for process in processes]
    if all(codes):
        raise SearchError(
            f"All {options.jobs} processes of the search have ended early (exit codes "
            f"{', '.join(map(str, codes))}). What they say stands above; the same command goes on."
        )


def _process(
    recipe: Recipe, options: SearchOptions, data: Path | None, runs: Path, cores: int
) -> None:
    """What each of several processes does."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    folder = search_folder(recipe, runs)
    try:
        examples = _examples(recipe, data)
        with _quiet_optuna():
            study = open_study(folder, recipe, examples, options)
            run_trials(study, recipe, examples, options, folder, cores=cores)
    except EmoscopeError as error:
        raise SystemExit(f"emoscope: {error}") from None  # one line, where others leave a traceback
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _end_with(parent: BaseProcess) -> None:
    """End this process at once when the one that started it is gone, however that ended."""
    parent.join()
    os._exit(1)


@contextmanager
def _threads(cores: int) -> Iterator[None]:
    """Processes that are started within this compute on so many threads."""
    name = "OMP_NUM_THREADS"
    before = os.environ.get(name)
    os.environ.setdefault(name, str(cores))
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]


@contextmanager
def _quiet_optuna() -> Iterator[None]:
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

"""A search from its recipe to its results, by one process or by several that share its folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import optuna

from emoscope.errors import SearchError
from emoscope.evaluation.search_result import SearchResult
from emoscope.io.atomic_files import atomic_file
from emoscope.scorers.usable_cores import usable_cores
from emoscope.training.distributed import process_count
from emoscope.training.fit import check_installed
from emoscope.training.recipe import Recipe, recipe_toml
from emoscope.tune.options import SearchOptions
from emoscope.tune.processes import Task, several
from emoscope.tune.progress import SearchProgress
from emoscope.tune.results import result_of, write_results
from emoscope.tune.session import (
    number_of_trials,
    quiet_optuna,
    run_trials,
    train_and_validation,
)
from emoscope.tune.study import RECIPE, check_folder, open_study, search_folder

Say = Callable[[str], None]
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
    examples = train_and_validation(recipe, data)
    for note in examples.notes:
        say(note)
    with quiet_optuna():
        study = open_study(folder, recipe, examples, options, say)
        with atomic_file(folder / RECIPE) as part:
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
    file = search_folder(recipe, runs) / RECIPE
    task = Task(str(file), replace(options, jobs=1), None if data is None else str(data), cores)
    with several(task, options.jobs) as processes:
        while any(process.poll() is None for process in processes):
            time.sleep(_POLL_SECONDS)
            shown.update(result_of(study, recipe))
    codes = [process.returncode for process in processes]
    if all(codes):
        raise SearchError(
            f"All {options.jobs} processes of the search have ended early (exit codes "
            f"{', '.join(map(str, codes))}). What they say stands above; the same command goes on."
        )

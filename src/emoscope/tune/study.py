"""The study in a search's folder: begun once, gone on with by any number of processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import optuna
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner

from emoscope.data.examples import Examples
from emoscope.errors import SearchError
from emoscope.io.file_lock import locked
from emoscope.training.recipe import Recipe
from emoscope.training.run_record import differences, start_record
from emoscope.training.search_space import space_tables
from emoscope.tune import journal
from emoscope.tune.judging import metric_of
from emoscope.tune.options import Pruner, SearchOptions
from emoscope.tune.space import grid, own_values

RECORD = "record"
"""Attribute of a study: all that its figures depend on."""
AS_RECIPE = "as_recipe"
"""Attribute of the trial that is the recipe as it stands."""
RECIPE = "recipe.toml"
"""The recipe that is searched."""
WORK = "trials"
"""Folder of what trials leave, and of what they are at."""
_LOCK = ".lock"


def search_folder(recipe: Recipe, runs: Path) -> Path:
    """Where the search of ``recipe`` lies."""
    return runs / f"{recipe.name}-search"


def check_folder(folder: Path) -> None:
    """Raise :class:`SearchError` where ``folder`` holds anything but a search."""
    if folder.exists() and not folder.is_dir():
        raise SearchError(f"{folder} is a file, not a folder. Search under another --name.")
    if (folder / journal.FILE).exists() or not folder.exists():
        return
    inside = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    if inside:
        raise SearchError(
            f"{folder} holds other results ({inside[0]}) and no search. Search under another name "
            "with --name, or move them away."
        )


def open_study(
    folder: Path,
    recipe: Recipe,
    examples: Examples,
    options: SearchOptions,
    say: Callable[[str], None] = lambda line: None,
) -> optuna.Study:
    """Begin the study of ``recipe`` in ``folder``, or open the one that is there.

    A new one gets the recipe as it stands for its first trial, or all points of the grid. Raises
    :class:`SearchError` for a study of another recipe, space or data, with what differs, and for a
    folder or journal that is none.
    """
    check_folder(folder)
    record = _record(recipe, examples, options)
    try:
        (folder / WORK).mkdir(parents=True, exist_ok=True)
        with locked(folder / _LOCK):
            return _open(folder, recipe, options, record, say)
    except OSError as error:
        raise SearchError(
            f"Nothing can be written into {folder}: {error.strerror or error}. Choose another "
            "folder with --runs."
        ) from error


def _open(
    folder: Path,
    recipe: Recipe,
    options: SearchOptions,
    record: Mapping[str, Any],
    say: Callable[[str], None],
) -> optuna.Study:
    storage = journal.open_journal(folder / journal.FILE, say)
    there = optuna.get_all_study_names(storage)
    others = [name for name in there if name != recipe.name]
    if others:
        raise SearchError(
            f"{folder} holds a study of another recipe, {others[0]}. Search under another name "
            "with --name."
        )
    pruner = _pruner(options.pruner)
    if there:
        study = optuna.load_study(storage=storage, study_name=recipe.name, pruner=pruner)
    else:
        study = optuna.create_study(
            storage=storage, study_name=recipe.name, pruner=pruner, direction="maximize"
        )
    before = study.user_attrs.get(RECORD)
    if before is not None:
        changed = list(differences(before, record))
        if changed:
            raise SearchError(
                f"{folder} holds a study of another recipe: {'; '.join(changed)}. Set it back to "
                "go on, or search under another name with --name."
            )
        return study
    done = len(study.trials)  # by a session that was killed here
    if options.grid:
        for names in islice(grid(recipe), done, None):
            study.enqueue_trial(names)
    elif not done and (own := own_values(recipe)) is not None:
        study.enqueue_trial(own, user_attrs={AS_RECIPE: True})
    study.set_user_attr(RECORD, record)
    return study


def _record(recipe: Recipe, examples: Examples, options: SearchOptions) -> dict[str, Any]:
    distillation = recipe.distillation
    record = start_record(
        recipe.training.model_dump(mode="json"),
        recipe.model.model_dump(mode="json"),
        asdict(recipe.policy),
        examples,
        recipe.seed,
        None if distillation is None else distillation.model_dump(mode="json"),
    )
    record |= {
        "search": space_tables(recipe.search),
        "metric": metric_of(recipe, examples.task),
        "seeds": options.seeds,
        "grid": options.grid,
    }
    plain: dict[str, Any] = json.loads(json.dumps(record))
    return plain


def _pruner(name: Pruner) -> BasePruner:
    if name == "none":
        return NopPruner()
    if name == "median":
        return MedianPruner()
    # epochs are few: the first evaluation is a rung, and half of the trials pass each
    return SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)

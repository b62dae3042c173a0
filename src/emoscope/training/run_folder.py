"""The run folder: checked before training, named only when complete.

Until all of it is there it is called ``<name>.unfinished``, which ``--resume`` continues;
a run that it replaces is deleted only after that.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emoscope.errors import DataError, TrainingError
from emoscope.evaluation.judge import Evaluation
from emoscope.evaluation.search_result import read_search
from emoscope.training.recipe import Recipe, recipe_toml

FORMAT_VERSION = 1
RECIPE = "recipe.toml"
UNFINISHED = ".unfinished"
_REPLACED = ".replaced"


def check_place(final: Path, *, resume: bool, overwrite: bool) -> Path:
    """Return the unfinished folder of a run, having checked that nothing is lost by working in it.

    Raises :class:`TrainingError` for a run that exists and is not to be overwritten, and for an
    unfinished one that is to be neither resumed nor overwritten.
    """
    unfinished = final.with_name(final.name + UNFINISHED)
    if final.exists() and not overwrite:
        raise TrainingError(
            f"The run {str(final)!r} exists already. Replace it with --overwrite, or train under "
            "another name with --name NAME."
        )
    if unfinished.exists() and not (resume or overwrite):
        raise TrainingError(
            f"There is an unfinished run, {str(unfinished)!r}. Continue it with --resume, or "
            "start again with --overwrite."
        )
    return unfinished


def check_new_folder(folder: Path, *, resume: bool) -> None:
    """Raise :class:`TrainingError` where pretraining into ``folder`` would lose something."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise TrainingError(
            f"{str(folder)!r} holds files already, and pretraining overwrites nothing. "
            "Name a new folder, or remove this one."
        )
    unfinished = folder.with_name(folder.name + UNFINISHED)
    if unfinished.exists() and not resume:
        raise TrainingError(
            f"There is an unfinished pretraining, {str(unfinished)!r}. Continue it with --resume, "
            "name a new folder, or remove this one."
        )


def working_folder(final: Path, *, resume: bool, overwrite: bool) -> Path:
    """Return the folder to work in; a former one that is not to be resumed is deleted.

    Raises what :func:`check_place` does.
    """
    unfinished = check_place(final, resume=resume, overwrite=overwrite)
    if unfinished.exists() and not resume:
        shutil.rmtree(unfinished)
    return unfinished


def prepare(folder: Path, recipe: Recipe) -> None:
    """Create the folder with its resolved recipe.

    An unfinished run keeps the recipe that it began with: whether it may continue with this one is
    not known yet.
    """
    text = recipe_toml(recipe)  # may fail, and then no folder is left
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / RECIPE).exists():
            (folder / RECIPE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise TrainingError(
            f"Cannot write the run folder {str(folder)!r} ({error}). Choose another with --runs."
        ) from error


def discard_unless_resumable(folder: Path) -> None:
    """Delete an unfinished folder that holds no checkpoint: there is nothing to resume from."""
    if not any((folder / "checkpoints").glob("checkpoint-*")):
        shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, final: Path) -> None:
    """Give the complete run its name."""
    former = final.with_name(final.name + _REPLACED)
    if former.exists():  # left by a crash between the lines below
        shutil.rmtree(former)
    if final.exists():
        final.rename(former)
    folder.rename(final)
    if former.exists():
        shutil.rmtree(former)


def write_results(
    folder: Path,
    recipe: Recipe,
    validation: Evaluation,
    test: Evaluation | None,
    more_tests: Mapping[str, Evaluation],
    provenance: Mapping[str, Any],
) -> None:
    """``recipe.toml``, ``metrics.json``, ``per_label.csv`` and the scores behind them.

    Beside them the search that found the recipe, where its folder is still there.
    """
    (folder / RECIPE).write_text(recipe_toml(recipe), encoding="utf-8")
    if recipe.selection is not None:
        with contextlib.suppress(DataError):  # a run is not lost for it
            found = read_search(recipe.selection.study)
            if found is not None:
                found.save(folder)
    judged = {"validation": validation} | ({} if test is None else {"test": test})
    metrics = {
        "format_version": FORMAT_VERSION,
        "recipe": recipe.name,
        "seed": recipe.seed,
        "splits": {name: evaluation.to_json() for name, evaluation in judged.items()},
        "data_sets": {name: {"test": each.to_json()} for name, each in more_tests.items()},
        "provenance": provenance,
    }
    text = json.dumps(metrics, indent=2, ensure_ascii=False) + "\n"
    (folder / "metrics.json").write_text(text, encoding="utf-8")
    final = test or validation
    (folder / "per_label.csv").write_text(final.fine.per_label_csv(), encoding="utf-8")
    for name, evaluation in judged.items():
        evaluation.save_scores(folder / "scores" / f"{name}.npz")
    for name, evaluation in more_tests.items():
        evaluation.save_scores(folder / "scores" / f"test-{name}.npz")

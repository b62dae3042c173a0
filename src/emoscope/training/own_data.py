"""``emoscope.train`` and ``emoscope train``: from data and a recipe's name to a finished run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from emoscope.data.examples import Examples
from emoscope.data.load import Data, is_own
from emoscope.errors import DataError
from emoscope.inference.texts import check_texts
from emoscope.io.frames import Frame, is_frame
from emoscope.training.choose_graph import Say
from emoscope.training.recipe import Recipe, add_data_sets, load_recipe, override
from emoscope.training.start_from import start_from
from emoscope.training.train import Run
from emoscope.training.train import train as train_recipe

OWN = "tfidf"
"""The recipe for one's own data where none is named."""


def train(
    data: Any = None,
    labels: Any = None,
    *,
    text: str | None = None,
    recipe: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    start: str | Path | None = None,
    name: str | None = None,
    runs: str | Path = "runs",
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = False,
    say: Say = lambda line: None,
) -> Run | None:
    """Train a classifier on ``data``, tune its policy on validation, score test once, save it all.

    ``data`` is the path of a file or folder; a pandas, polars or Arrow table, or a mapping of
    column names to values; :class:`~emoscope.data.examples.Examples`; or a sequence of texts. Of
    files and tables, ``text`` and ``labels`` name the columns, by default ``text`` and ``labels``
    or ``label``; of texts, ``labels`` holds a label or a list of labels for each. Without data, a
    recipe's own are looked for. Label cells and missing splits are as in ``emoscope train``.

    ``recipe`` is the name of one or a TOML file, by default the linear model ``tfidf``, and
    ``settings`` replace keys of it: ``{"seed": 1}``; ``start`` is a run or model to go on from. The
    run is left in ``runs/name``, by default the name of the file or the recipe. ``say`` gets a
    line about each thing that happens; ``progress`` shows a bar.

    The run holds the ``classifier``, and its evaluation on ``validation`` and ``test``. Under
    ``torchrun``, processes after the first get None.

    Raises :class:`DataError` for data, :class:`RecipeError` for a recipe, and
    :class:`TrainingError` for a run that exists or fails.
    """
    given = _as_data(data, labels)
    keys = dict(settings or {})
    if text is not None:
        keys["data.text"] = text
    if isinstance(labels, str):
        keys["data.labels"] = labels
    resolved = resolve_recipe(recipe, keys, data=given, start=start, name=name)
    return train_recipe(
        resolved,
        data=given,
        runs=Path(runs),
        resume=resume,
        overwrite=overwrite,
        progress=progress,
        say=say,
    )


def resolve_recipe(
    recipe: str | Path | None,
    overrides: Mapping[str, Any],
    *,
    data: Data | None = None,
    start: str | Path | None = None,
    name: str | None = None,
    add_data: Sequence[str] = (),
) -> Recipe:
    """The recipe to train on ``data``.

    Unless it is a folder, ``data`` takes the place of all data sets of the recipe. ``recipe`` is
    :data:`OWN` where neither it nor ``start`` is given. Raises :class:`RecipeError`, and what
    :func:`start_from` raises.
    """
    changes = dict(overrides)
    if name is not None:
        changes["name"] = name
    if start is None:
        if recipe in (None, OWN) and (own := _own_name(data)) is not None:
            changes.setdefault("name", own)
        resolved = load_recipe(recipe or OWN, changes)
    else:
        tables = start_from(
            str(start), None if recipe is None else load_recipe(recipe), _own_name(data)
        )
        resolved = override(tables, changes, f"--from {start}")
    if is_own(data):
        resolved = resolved.model_copy(update={"more_data": ()})
    return add_data_sets(resolved, add_data)


def _own_name(data: Data | None) -> str | None:
    """What a run on ``data`` alone is called; None for the data of a recipe."""
    if not is_own(data):
        return None
    return data.name.split(".")[0] if isinstance(data, Path) else "own"


def _as_data(data: Any, labels: Any) -> Data | None:
    """What was given as what is read; raises :class:`DataError` for what is none of these."""
    if data is None or isinstance(data, (str, Path, Examples)) or is_frame(data):
        if labels is not None and not isinstance(labels, str):
            raise DataError(
                "labels is a list, and data is no list of texts. Give the name of the column "
                "that holds the labels, or texts and labels as two lists of one length."
            )
        if is_frame(data):
            return Frame(data)
        return Path(data) if isinstance(data, str) else data
    texts = check_texts(data)
    if labels is None or isinstance(labels, str):
        raise DataError(
            "There are texts without labels. Give a label, or a list of labels, for each text: "
            "train(texts, labels)."
        )
    held = list(labels)
    if len(texts) != len(held):
        raise DataError(
            f"There are {len(texts):,} texts and {len(held):,} labels. Give one for each text."
        )
    return Frame({"text": texts, "labels": held})

"""Reading a saved run: scores, recipe, sizes, history, and which row of that was kept."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats
from emoscope.errors import DataError
from emoscope.model_folder.file_names import MANIFEST

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, eq=False)
class SavedScores:
    """Scores and truth of one split, (n_texts, n_labels) each, and the texts' fingerprint."""

    scores: npt.NDArray[np.float32]
    truth: Bools
    texts_sha256: str


def is_run(path: Path) -> bool:
    """Tell whether ``path`` is a run folder with saved scores."""
    return (path / "model" / MANIFEST).is_file() and (path / "scores").is_dir()


def read_scores(run: Path, split: str) -> SavedScores | None:
    """Scores that the run saved for ``split``; None when it saved none.

    Raises :class:`DataError` for a damaged file.
    """
    path = run / "scores" / f"{split}.npz"
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as archive:
            saved = SavedScores(archive["scores"], archive["truth"], str(archive["texts_sha256"]))
    except (ValueError, KeyError, OSError, EOFError) as error:
        raise DataError(
            f"{path} cannot be read ({error}). Score the split again with `emoscope evaluate`."
        ) from error
    if saved.scores.ndim != 2 or saved.scores.shape != saved.truth.shape:
        raise DataError(
            f"{path} holds scores {saved.scores.shape} and truth {saved.truth.shape}, which do not "
            "fit. Score the split again with `emoscope evaluate`."
        )
    return saved


def read_metrics(run: Path) -> Mapping[str, Any]:
    """``metrics.json`` of the run; empty when there is none."""
    path = run / "metrics.json"
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise DataError(f"{path} is not valid JSON ({error}). Train or evaluate again.") from error
    return found if isinstance(found, dict) else {}


def read_history(run: Path) -> Mapping[str, Floats]:
    """Columns of ``history.csv`` by name, (n_evaluations,) each; empty when there is none."""
    path = run / "history.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        columns = {
            name: np.array([float(row[name]) for row in rows]) for name in (rows[0] if rows else ())
        }
    except (TypeError, ValueError) as error:
        raise DataError(f"{path} holds a cell that is no number ({error}).") from error
    return columns if "epoch" in columns else {}


def read_data_table(run: Path) -> Mapping[str, Any]:
    """The ``[data]`` table of the run's recipe, of several the first; empty without one."""
    path = run / "recipe.toml"
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("data", {})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path} is not valid TOML ({error}).") from error
    if isinstance(table, list) and table:
        table = table[0]
    return table if isinstance(table, dict) else {}


def folder_bytes(folder: Path) -> int:
    """Bytes of all files in ``folder``."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def selection_metric(
    history: Mapping[str, Floats], task: str, chosen: str | None = None
) -> str | None:
    """The metric that the checkpoint was selected by: ``chosen`` in the recipe, or the task's."""
    usual = "macro_f1" if task == "multi_label" else "accuracy"
    return next((name for name in (chosen, usual, "macro_f1") if name and name in history), None)


def best_row(history: Mapping[str, Floats], metric: str | None) -> int:
    """Row of the evaluation whose weights were kept: the first best, or the last without metric."""
    if metric is None:
        return len(history["epoch"]) - 1
    return int(np.argmax(np.nan_to_num(history[metric])))

"""A recipe that is searched in a moment, and a trainer whose figures are known beforehand."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoscope.training.fit import FittedModel
from emoscope.training.history import HistoryRow
from emoscope.training.recipe import Recipe, parse_recipe

if importlib.util.find_spec("optuna") is None:
    collect_ignore_glob = ["*"]

FRAMES = ("i am {} today", "she was so {} about it", "they look {} and {} now", "we are {}")
WORDS = {"joy": ("glad", "happy"), "anger": ("angry", "cross"), "fear": ("afraid", "worried")}
SPACE = {
    "model.strength": {"low": 0.01, "high": 100.0, "log": True},
    "model.class_weight": ["none", "balanced"],
    "model.words.ngrams": [[1, 1], [1, 2]],
    "model.words.min_texts": {"low": 1, "high": 3, "when": {"model.words.ngrams": [[1, 2]]}},
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a file for each split: 90, 45 and 30 texts with one or two of three labels."""
    random = np.random.default_rng(1)
    folder = tmp_path / "data"
    folder.mkdir()
    for split, n in (("train", 90), ("validation", 45), ("test", 30)):
        rows = ["text,labels"]
        for _ in range(n):
            frame = FRAMES[random.integers(len(FRAMES))]
            labels = random.choice(list(WORDS), size=frame.count("{}"))
            chosen = (WORDS[label][random.integers(2)] for label in labels)
            rows.append(f"{frame.format(*chosen)},{'|'.join(sorted(set(labels)))}")
        (folder / f"{split}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def make_recipe(data: Path) -> Callable[..., Recipe]:
    """Call with changes of the tables."""

    def make(**tables: Any) -> Recipe:
        base = {
            "name": "tiny",
            "data": {"name": "file", "path": str(data)},
            "model": {"kind": "linear", "strength": 1.0, "words": {"ngrams": [1, 2]}},
            "policy": {"repeats": 1, "folds": 2},
            "search": SPACE,
        }
        return parse_recipe({**base, **tables})

    return make


@pytest.fixture
def recipe(make_recipe: Callable[..., Recipe]) -> Recipe:
    return make_recipe()


class PlannedScorer:
    """Scores that are the truth, but for a share of texts that get the opposite."""

    def __init__(self, truth: Any, wrong: float, seed: int) -> None:
        self.truth = truth
        self.wrong = np.random.default_rng(seed).permutation(len(truth)) < wrong * len(truth)

    def logits(self, texts: Any) -> Any:
        return (2.0 * (self.truth ^ self.wrong[:, None]) - 1.0).astype(np.float32)


class Plan:
    """Takes the place of :func:`emoscope.training.fit.fit`.

    The further ``model.strength`` is from 1 the more texts are wrong: a tenth more each time it is
    ten times larger or smaller. ``fails`` maps a call's number to what it raises.
    """

    def __init__(self) -> None:
        self.calls: list[Recipe] = []
        self.folders: list[Path] = []
        self.fails: dict[int, BaseException] = {}
        self.evaluations = 0
        self.seed_moves = 0.0

    def __call__(
        self, recipe: Recipe, examples: Any, folder: Path, *, watch: Any, **options: Any
    ) -> FittedModel:
        number = len(self.calls)
        self.calls.append(recipe)
        self.folders.append(folder)
        folder.mkdir(parents=True, exist_ok=True)
        if number in self.fails:
            raise self.fails[number]
        wrong = 0.05 + 0.1 * abs(math.log10(recipe.model.strength))  # type: ignore[union-attr]
        wrong += self.seed_moves * recipe.seed
        rows: tuple[HistoryRow, ...] = ()
        for step in range(1, self.evaluations + 1):
            rows += (HistoryRow(step, step, 1.0, 1.0, 1 - wrong, 1 - wrong, 1 - wrong, 0.1, 1.0),)
            watch(rows)
        truth = examples.split("validation").labels
        return FittedModel(PlannedScorer(truth, wrong, 3), "linear", folder)  # type: ignore[arg-type]


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Plan:
    made = Plan()
    monkeypatch.setattr("emoscope.tune.objective.fit", made)
    return made


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without worker processes of joblib, which take longer to start than all trials."""
    monkeypatch.setattr("emoscope.training.fit.usable_cores", lambda: 1)

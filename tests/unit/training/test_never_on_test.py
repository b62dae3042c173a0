"""Every function that fits something refuses texts of the test split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emoscope.data.everyday import read_everyday
from emoscope.data.examples import Examples
from emoscope.data.splits import sample
from emoscope.decisions import fit_policy, fit_rollup_policies, plain_policy
from emoscope.errors import FitOnTest
from emoscope.training.recipe import Recipe, parse_recipe
from emoscope.training.validation_metrics import validation_metrics

Fitting = Callable[[Examples, Path], Any]


def scores_of(examples: Examples) -> Any:
    return np.zeros(examples.labels.shape, dtype=np.float32)


def policy(examples: Examples, folder: Path) -> None:
    fit_policy(examples.with_scores(scores_of(examples)))


def rollup_policies(examples: Examples, folder: Path) -> None:
    taxonomy = examples.taxonomy
    plain = plain_policy(taxonomy.labels, examples.task)
    scored = examples.with_scores(scores_of(examples))
    fit_rollup_policies(plain, taxonomy.rollups.values(), scored)


def thresholds_while_training(examples: Examples, folder: Path) -> None:
    validation_metrics(examples.with_scores(scores_of(examples)))


def linear_model(examples: Examples, folder: Path) -> None:
    pytest.importorskip("sklearn")
    from emoscope.models.linear import fit_linear
    from emoscope.models.linear_settings import BagOfWords, LinearSettings

    fit_linear(LinearSettings(words=BagOfWords()), examples)


def recipe() -> Recipe:
    return parse_recipe(
        {
            "name": "small",
            "data": {"name": "everyday", "sample": 600},
            "model": {"kind": "minibert"},
            "training": {"max_steps": 1, "device": "cpu", "precision": "fp32"},
        }
    )


def encoder_and_vocabulary(examples: Examples, folder: Path) -> None:
    pytest.importorskip("accelerate")
    from emoscope.training.device import choose_precision
    from emoscope.training.initial_model import starting_model
    from emoscope.training.trainer_construction import Place, training_arguments

    chosen = recipe()
    place = Place("cpu", choose_precision("fp32", "cpu"))
    arguments = training_arguments(chosen.training, folder, 0, place)
    starting_model(chosen.model, chosen.training, examples, folder, arguments)


def int8_ranges_and_pruning(examples: Examples, folder: Path) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("torch")
    from emoscope.export import exporting

    scorer: Any = None  # refused before the model is looked at
    with exporting(scorer, examples, scores_of(examples), folder):
        pass


def finalized_policy(examples: Examples, folder: Path) -> None:
    from emoscope.training.finalize import finalize
    from emoscope.training.fit import FittedModel

    class Zeros:
        labels = examples.taxonomy.labels
        task = examples.task

        def logits(self, texts: Any) -> Any:
            return np.zeros((len(texts), len(self.labels)), dtype=np.float32)

    finalize(recipe(), FittedModel(Zeros(), "linear", folder), examples)


FITTING: dict[str, Fitting] = {
    "policy": policy,
    "roll-up policies": rollup_policies,
    "validation metrics": thresholds_while_training,
    "linear model": linear_model,
    "encoder and vocabulary": encoder_and_vocabulary,
    "int8 ranges and pruning": int8_ranges_and_pruning,
    "finalize": finalized_policy,
}
ROWS: dict[str, Callable[[Examples], Examples]] = {
    "the test split": lambda every: every.split("test"),
    "some of its rows": lambda every: every.split("test").select([0, 3, 5]),
    "a sample of it": lambda every: sample(every.split("test"), 40, seed=0),
    "one test row among others": lambda every: every.select(
        [
            *np.flatnonzero(every.splits == "validation"),
            int(np.flatnonzero(every.splits == "test")[0]),
        ]
    ),
}


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("name", FITTING)
def test_fitting_on_test_is_refused(name: str, rows: str, tmp_path: Path) -> None:
    with pytest.raises(FitOnTest, match="split 'test'"):
        FITTING[name](ROWS[rows](read_everyday()), tmp_path)


@pytest.mark.parametrize("name", ["policy", "linear model"])
def test_the_same_is_possible_on_other_splits(name: str, tmp_path: Path) -> None:
    FITTING[name](read_everyday().split("validation"), tmp_path)

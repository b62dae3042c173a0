"""One trial: the recipe with the values drawn, fitted on train and judged on validation."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
from optuna.samplers import TPESampler

from emoscope.data.examples import Examples
from emoscope.decisions import fit_policy
from emoscope.errors import (
    DecisionError,
    EncoderNotFound,
    NoExamples,
    RecipeError,
    TrainingError,
    first_line,
)
from emoscope.training.fit import fit
from emoscope.training.history import HistoryRow
from emoscope.training.recipe import Recipe, with_values
from emoscope.tune.judging import Judgement, judge_policy, metric_of, save_influence
from emoscope.tune.space import draw
from emoscope.tune.workers import ATTEMPTS, ERROR, WORKER, put_back

SURVIVED = (TrainingError, RecipeError, DecisionError, NoExamples, MemoryError)
"""What one trial's values may cause: divergence, lack of memory, keys that do not fit each other,
scores that are no numbers, no feature left."""
BY_SEED, EVALUATIONS, SECONDS = "by_seed", "evaluations", "seconds"
"""Attributes of a trial."""
SPREAD_SEEDS = 3
"""Seeds that trial 0 gets at least, so that the spread of seeds is known."""


class Stopped(BaseException):
    """A session ends within a trial, which waits to be gone on with; no failure of the trial.

    A ``BaseException``, since Optuna would make a failed trial of any other.
    """


@dataclass(frozen=True, eq=False)
class Objective:
    """What Optuna maximises."""

    recipe: Recipe
    examples: Examples
    """Train and validation, and nothing else."""
    folder: Path
    """Each seed of a trial works in a folder of its own in here."""
    worker: str
    total: int
    """Trials of this number and above are not run."""
    seeds: int = 1
    cores: int | None = None

    def __call__(self, trial: optuna.Trial) -> float:
        """The figure of one trial; raises one of :data:`SURVIVED` for a failed one.

        Raises :class:`optuna.TrialPruned` for a hopeless one and :class:`Stopped` for anything
        else, an interrupt or a missing package, the trial then waits for the next session.
        """
        if trial.number >= self.total:  # another process took the last one a moment before
            put_back(trial.study, trial)
            raise Stopped
        try:
            value = self._run(trial)
        except (optuna.TrialPruned, *SURVIVED) as error:
            if isinstance(error, EncoderNotFound):  # so would all others
                put_back(trial.study, trial)
                raise Stopped from error
            if not isinstance(error, optuna.TrialPruned):
                trial.set_user_attr(ERROR, first_line(error).partition(". ")[0])
            self._clear(trial)
            raise
        except BaseException as error:
            put_back(trial.study, trial)
            raise Stopped from error
        self._clear(trial)
        return value

    def _clear(self, trial: optuna.Trial) -> None:
        for folder in self.folder.glob(f"{trial.number}-seed*"):
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, trial: optuna.Trial) -> float:
        trial.set_user_attr(WORKER, self.worker)
        trial.set_user_attr(ATTEMPTS, trial.user_attrs.get(ATTEMPTS, 0) + 1)
        trial.set_user_attr(EVALUATIONS, 0)
        # A sampler of its own for each trial: what is drawn then depends on its number and the
        # trials before, not on how often the search was interrupted or who runs it.
        trial.study.sampler = TPESampler(seed=_mixed(self.recipe.seed, trial.number))
        recipe = with_values(self.recipe, draw(trial, self.recipe))
        start = time.perf_counter()
        repeats = max(self.seeds, SPREAD_SEEDS if trial.number == 0 else 1)
        found: list[Judgement] = []
        for number in range(repeats):
            seeded = recipe.model_copy(update={"seed": recipe.seed + number})
            # not one in another: scores of teachers are kept beside it, for all trials
            folder = self.folder / f"{trial.number}-seed{seeded.seed}"
            found.append(self._judge(seeded, folder, trial, number == 0))
        counted = found[: self.seeds]
        save_influence(self.folder, trial.number, [each.influence for each in counted])
        trial.set_user_attr(BY_SEED, [each.value for each in found])
        trial.set_user_attr(SECONDS, round(time.perf_counter() - start, 1))
        return float(np.mean([each.value for each in counted]))

    def _judge(self, recipe: Recipe, folder: Path, trial: optuna.Trial, may_end: bool) -> Judgement:
        """Fit with one seed and judge; ``may_end`` lets an evaluation be the trial's last."""
        metric = metric_of(recipe, self.examples.task)
        before = trial.user_attrs.get(EVALUATIONS, 0)

        def watch(history: tuple[HistoryRow, ...]) -> None:
            trial.set_user_attr(EVALUATIONS, before + len(history))
            if may_end:  # later seeds have no others to be compared with
                trial.report(getattr(history[-1], metric), step=len(history))
                if trial.should_prune():
                    raise optuna.TrialPruned

        fitted = fit(
            recipe, self.examples, folder, resume=True, watch=watch, cores=self.cores
        )  # resume: what a killed session left of this trial
        validation = self.examples.split("validation")
        scored = validation.with_scores(fitted.scorer.logits(validation.texts))
        trial.set_user_attr(EVALUATIONS, trial.user_attrs.get(EVALUATIONS, 0) + 1)
        return judge_policy(fit_policy(scored, recipe.policy), scored, recipe, metric)


def _mixed(seed: int, number: int) -> int:
    """One seed of two, so that trials of neighbouring seeds draw other values."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])

"""Step one of training: a recipe and examples in, a fitted model out.

Only the splits train and validation are read, the latter to choose the best evaluation of an
encoder, and only the given folder is written.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from emoscope.data.examples import Examples
from emoscope.errors import MissingExtra
from emoscope.models.linear_settings import LinearSettings
from emoscope.scorers.scorer import Scorer
from emoscope.scorers.usable_cores import usable_cores
from emoscope.training.choose_graph import Say
from emoscope.training.distributed import is_main_process
from emoscope.training.fit_ensemble import fit_ensemble
from emoscope.training.history import Watch
from emoscope.training.recipe import Recipe
from emoscope.training.settings import EnsembleModel


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A model that has learned, its weights saved in ``folder``."""

    scorer: Scorer
    """Live, with the weights that were saved."""
    kind: str
    folder: Path
    """Holds what transformers or skops loads; no manifest yet."""
    max_length: int | None = None
    """Longest window in tokens; None where the length has no limit."""
    seconds: float = 0.0
    """Wall-clock time of fitting, that before a resume included."""


def fit(
    recipe: Recipe,
    examples: Examples,
    folder: Path,
    *,
    resume: bool = False,
    progress: bool = False,
    say: Say = lambda line: None,
    watch: Watch | None = None,
    cores: int | None = None,
) -> FittedModel:
    """Fit the model of ``recipe`` on train and save it into ``folder/model``.

    An encoder also leaves ``checkpoints/``, ``logs/`` and ``history.csv`` in ``folder``, and goes
    on from there with ``resume``. ``progress`` shows a bar on a terminal;
    ``say`` gets a line about damaged checkpoints that ``resume`` passes over; ``watch`` gets the
    history after each evaluation of an encoder, and what it raises ends training. The labels
    of a linear model are fitted side by side on ``cores``, by default on all that may be used.

    Raises :class:`MissingExtra`, :class:`NoExamples` for a missing split or no usable text, and
    :class:`TrainingError` (diverged, out of memory, cannot resume or save).
    """
    start = time.perf_counter()
    if is_main_process():  # which checks, too, that no other run lies there
        (folder / "model").mkdir(parents=True, exist_ok=True)
    if isinstance(recipe.model, LinearSettings):
        scorer = _fit_linear(
            recipe, recipe.model, examples.split("train"), folder / "model", cores or usable_cores()
        )
        return FittedModel(scorer, "linear", folder / "model", seconds=time.perf_counter() - start)
    if isinstance(recipe.model, EnsembleModel):
        ensemble = fit_ensemble(recipe.model, examples, folder / "model")
        return FittedModel(
            ensemble, "ensemble", folder / "model", seconds=time.perf_counter() - start
        )
    from emoscope.training.fit_encoder import train_encoder  # deferred: extra train

    trained = train_encoder(
        recipe.training,
        recipe.model,
        examples,
        folder,
        seed=recipe.seed,
        policy=recipe.policy,
        distillation=recipe.distillation,
        resume=resume,
        progress=progress,
        say=say,
        watch=watch,
    )
    seconds = max(time.perf_counter() - start, trained.history[-1].seconds)
    return FittedModel(
        trained.scorer, "encoder", folder / "model", recipe.training.max_length, seconds
    )


def check_installed(recipe: Recipe) -> None:
    """Raise :class:`MissingExtra` where :func:`fit` would, for lack of what it needs."""
    if isinstance(recipe.model, LinearSettings):
        try:
            import emoscope.models.linear  # deferred: extra linear
        except ImportError as error:
            raise MissingExtra("linear", "Training a linear model") from error
    elif not isinstance(recipe.model, EnsembleModel):
        import emoscope.training.fit_encoder  # noqa: F401  # deferred: extra train


def _fit_linear(
    recipe: Recipe, settings: LinearSettings, train: Examples, folder: Path, cores: int
) -> Scorer:
    check_installed(recipe)
    from emoscope.models.linear import fit_linear  # deferred: extra linear

    scorer = fit_linear(settings, train, seed=recipe.seed, jobs=cores)
    scorer.save(folder)
    return scorer

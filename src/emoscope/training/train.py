"""A training run: data in, run folder out.

The order never changes: fit the model on train, fit the policy on validation, export the graph that
will be used, score test once with it, save.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

from emoscope.card import write_card
from emoscope.data.examples import Examples
from emoscope.data.load import load_examples
from emoscope.errors import MissingExtra
from emoscope.evaluation.judge import Evaluation, judge
from emoscope.inference.classifier import EmotionClassifier
from emoscope.model_folder.manifest import write_manifest
from emoscope.models.linear_settings import LinearSettings
from emoscope.training import run_folder
from emoscope.training.distributed import is_main_process
from emoscope.training.finalize import Fitted, Say, settle
from emoscope.training.provenance import headlines, provenance
from emoscope.training.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run."""

    folder: Path
    recipe: Recipe
    examples: Examples
    classifier: EmotionClassifier
    validation: Evaluation
    test: Evaluation | None
    """None when the data has no test split."""
    seconds: float
    """Wall-clock time of fitting the model, scoring aside; that before a resume included."""

    @property
    def model_folder(self) -> Path:
        """The folder to load, copy or publish."""
        return self.folder / "model"


def train(
    recipe: Recipe,
    *,
    data: Path | None = None,
    runs: Path = Path("runs"),
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = False,
    say: Say = lambda line: None,
) -> Run | None:
    """Train ``recipe`` and leave ``runs/<recipe name>/``.

    ``data`` names where the recipe's data lies (see :mod:`emoscope.data.sources`). ``say`` is told
    what happens, one line at a time; ``progress`` shows a bar. Under ``torchrun`` the first process
    alone judges and writes; the others return None.

    Raises :class:`TrainingError` when the run exists already, unless it is to be overwritten or,
    unfinished, to be resumed; and what reading data and fitting raise.
    """
    final = runs / recipe.name
    first = is_main_process()
    folder = (
        run_folder.claim(final, resume=resume, overwrite=overwrite)
        if first
        else final.with_name(final.name + run_folder.UNFINISHED)
    )
    examples = load_examples(recipe.data, data)
    for note in examples.notes if first else ():
        say(note)
    held_out = examples.split("validation")  # a missing split fails here, not after hours
    model_folder = run_folder.prepare(folder, recipe) if first else folder / "model"

    start = time.perf_counter()
    try:
        fitted = _fit(recipe, examples, folder, resume=resume, progress=progress and first)
    except BaseException:  # an interrupt too
        if first:
            run_folder.discard_unless_resumable(folder)
        raise
    seconds = max(time.perf_counter() - start, fitted.seconds)
    if not first:
        return None

    settled = settle(
        recipe, fitted, held_out, model_folder, provenance(recipe, examples, seconds), say
    )
    classifier, scores = settled.classifier, settled.validation_scores
    validation = judge(classifier, examples, "validation", scores=scores, bootstrap=0)
    test = None
    if examples.has_split("test"):
        say("Scoring test once")
        test = judge(classifier, examples, "test", seed=recipe.seed)
    manifest = replace(settled.manifest, metrics={} if test is None else headlines(test))
    write_card(model_folder, manifest)
    manifest = write_manifest(model_folder, manifest)
    run_folder.write_results(folder, recipe, validation, test, manifest.provenance)
    run_folder.publish(folder, final)
    classifier = EmotionClassifier(
        classifier.scorer, classifier.policy, classifier.taxonomy, manifest
    )
    return Run(final, recipe, examples, classifier, validation, test, seconds)


def _fit(
    recipe: Recipe, examples: Examples, folder: Path, *, resume: bool, progress: bool
) -> Fitted:
    """Fit the model on train and save it into ``folder/model``."""
    if isinstance(recipe.model, LinearSettings):
        return _fit_linear(recipe, recipe.model, examples, folder)
    from emoscope.training.fit_encoder import train_encoder  # first: it names the missing extra

    from emoscope.models.torch_scorer import TorchScorer  # isort: skip

    trained = train_encoder(
        recipe.training,
        recipe.model,
        examples,
        folder,
        seed=recipe.seed,
        policy=recipe.policy,
        resume=resume,
        progress=progress,
    )
    scorer = TorchScorer(
        trained.model,
        trained.tokenizer,
        examples.taxonomy.labels,
        examples.task,
        max_length=recipe.training.max_length,
    )
    return Fitted(
        scorer, "encoder", recipe.training.max_length, seconds=trained.history[-1].seconds
    )


def _fit_linear(
    recipe: Recipe, settings: LinearSettings, examples: Examples, folder: Path
) -> Fitted:
    try:
        from emoscope.models.linear import fit_linear
    except ImportError as error:
        raise MissingExtra("linear", "Training a linear model") from error
    part = examples.split("train")
    scorer = fit_linear(
        settings,
        part.texts,
        part.labels,
        names=examples.taxonomy.labels,
        task=examples.task,
        seed=recipe.seed,
        jobs=os.cpu_count() or 1,
    )
    scorer.save(folder / "model")
    return Fitted(scorer, "linear")

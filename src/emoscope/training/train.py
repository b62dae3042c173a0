"""A training run in three steps, data in, run folder out: fit, finalize, judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emoscope.data.examples import Examples
from emoscope.data.load import Data
from emoscope.data.mixture import load_mixture
from emoscope.evaluation.judge import Evaluation, judge
from emoscope.inference.classifier import EmotionClassifier
from emoscope.loading.load_model import load_with
from emoscope.training import run_folder
from emoscope.training.choose_graph import Say
from emoscope.training.distributed import is_main_process
from emoscope.training.finalize import finalize
from emoscope.training.fit import fit
from emoscope.training.provenance import headlines, provenance
from emoscope.training.recipe import Recipe


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """A finished run."""

    folder: Path
    recipe: Recipe
    examples: Examples
    classifier: EmotionClassifier
    validation: Evaluation
    test: Evaluation | None
    """None when the data has no test split."""
    more_tests: Mapping[str, Evaluation]
    """Of several data sets those after the first, by name, on the test split of each."""
    seconds: float
    """Wall-clock time of fitting the model, that before a resume included."""

    @property
    def model_folder(self) -> Path:
        """The folder to load, copy or publish."""
        return self.folder / "model"

    def __repr__(self) -> str:
        """Where it lies and how good it is: a notebook shows this."""
        final = self.test or self.validation
        main = "accuracy" if self.classifier.task == "single_label" else "micro_f1"
        found = ", ".join(f"{name} {final.fine.headline[name]:.3f}" for name in ("macro_f1", main))
        return f"Run({str(self.folder)!r}, {final.split}: {found})"


def train(
    recipe: Recipe,
    *,
    data: Data | None = None,
    runs: Path = Path("runs"),
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = False,
    say: Say = lambda line: None,
) -> Run | None:
    """Train ``recipe`` and leave ``runs/<recipe name>/``.

    ``data`` names where the recipe's data lies (see :mod:`emoscope.data.sources`), or is the data:
    a table in memory, or examples. ``say`` gets one line about each thing that happens;
    ``progress`` shows a bar. Under ``torchrun`` the first process alone judges and writes; the
    others return None.

    Raises :class:`TrainingError` when the run exists already, unless it is to be overwritten or,
    unfinished, to be resumed; and what reading data and fitting raise.
    """
    final = runs / recipe.name
    first = is_main_process()
    folder = (
        run_folder.working_folder(final, resume=resume, overwrite=overwrite)
        if first
        else final.with_name(final.name + run_folder.UNFINISHED)
    )
    examples = load_mixture(recipe.data_sets, data)
    for note in examples.notes if first else ():
        say(note)
    held_out = examples.split("validation")  # a missing split fails here, not after hours
    if first:
        run_folder.prepare(folder, recipe)
    try:
        fitted = fit(recipe, examples, folder, resume=resume, progress=progress and first, say=say)
    except BaseException:  # an interrupt too
        if first:
            run_folder.discard_unless_resumable(folder)
        raise
    if not first:
        return None

    model = finalize(recipe, fitted, held_out, provenance(recipe, examples, fitted.seconds), say)
    main, *more = examples.source_names
    own = examples.of_source(main)
    scores = model.validation_scores[held_out.sources_of_texts == main]
    validation = judge(model.classifier, own, "validation", scores=scores, bootstrap=0)
    if examples.has_split("test"):
        say("Scoring test once")
    tests = {
        name: judge(model.classifier, part, "test", seed=recipe.seed)
        for name in (main, *more)
        if (part := examples.of_source(name)).has_split("test")
    }
    test = tests.pop(main, None)
    model.save({} if test is None else headlines(test, tests))
    run_folder.write_results(folder, recipe, validation, test, tests, model.manifest.provenance)
    run_folder.publish(folder, final)
    classifier = load_with(final / "model")  # from where it stays: may be pickled and forked
    return Run(final, recipe, own, classifier, validation, test, tests, fitted.seconds)

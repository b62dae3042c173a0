"""A training run: data in, run folder out.

The order never changes: fit the model on train, fit the policy on validation, score test once,
save. The run folder appears under its final name only when all of it is there; until then it is
called ``<name>.unfinished``, which is what ``resume`` goes on from.
"""

from __future__ import annotations

import json
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

from emoscope.classifier import EmotionClassifier
from emoscope.data.load import load_examples
from emoscope.data.examples import Examples
from emoscope.decisions import Policy, fit_policy
from emoscope.errors import MissingExtra, TrainingError
from emoscope.evaluation import Evaluation, judge
from emoscope.models.linear_settings import LinearSettings
from emoscope.runtime.model_folder import Kind, Manifest, write_manifest
from emoscope.runtime.scorer import Scorer
from emoscope.training.recipe import Recipe, recipe_toml

UNFINISHED = ".unfinished"
_VERSIONS_OF = ("numpy", "scikit-learn", "torch", "transformers", "onnxruntime", "tokenizers")

Say = Callable[[str], None]


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
    """Wall-clock time of fitting the model, scoring aside."""

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
    say: Say = lambda line: None,
) -> Run:
    """Train ``recipe`` and leave ``runs/<recipe name>/``.

    ``data`` names where the recipe's data lies (see :mod:`emoscope.data.sources`). ``say`` is told
    what happens, one line at a time.

    Raises :class:`TrainingError` when the run exists already, unless it is to be overwritten or,
    unfinished, to be resumed; and what reading data and fitting raise.
    """
    final = runs / recipe.name
    folder = _claim(final, resume=resume, overwrite=overwrite)
    examples = load_examples(recipe.data, data)
    for note in examples.notes:
        say(note)
    examples.check_trainable()
    # Fail on a missing split before hours of training, not after.
    held_out = examples.split("validation")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.toml").write_text(recipe_toml(recipe), encoding="utf-8")
    model_folder = folder / "model"
    model_folder.mkdir(exist_ok=True)

    start = time.perf_counter()
    say(f"Training on {int((examples.splits == 'train').sum()):,} texts")
    scorer, kind, max_length = _fit(recipe, examples, folder, resume=resume, say=say)
    seconds = time.perf_counter() - start

    say("Fitting the policy on validation")
    scores = scorer.logits(held_out.texts)
    policy = _fit_policy(recipe, examples, held_out, scores)
    classifier = EmotionClassifier(scorer, policy, examples.taxonomy)
    validation = judge(classifier, examples, "validation", scores=scores, bootstrap=0)
    test = None
    if examples.has_split("test"):
        say("Scoring test once")
        test = judge(classifier, examples, "test", seed=recipe.seed)
    manifest = Manifest(
        kind=kind,
        task=examples.task,
        taxonomy=examples.taxonomy,
        policy=policy.to_json(),
        max_length=max_length,
        provenance=_provenance(recipe, examples, seconds),
        metrics={} if test is None else _headlines(test),
    )
    manifest = write_manifest(model_folder, manifest)
    _write_results(folder, recipe, validation, test, manifest.provenance)
    _publish(folder, final)
    return Run(
        final,
        recipe,
        examples,
        EmotionClassifier(scorer, policy, examples.taxonomy, manifest),
        validation,
        test,
        seconds,
    )


def _fit(
    recipe: Recipe, examples: Examples, folder: Path, *, resume: bool, say: Say
) -> tuple[Scorer, Kind, int | None]:
    """Fit and save the model; return its scorer, kind and window length."""
    train = examples.split("train")
    if isinstance(recipe.model, LinearSettings):
        try:
            from emoscope.models.linear import fit_linear
        except ImportError as error:
            raise MissingExtra("linear", "Training a linear model") from error
        linear = fit_linear(
            recipe.model,
            train.texts,
            train.labels,
            names=examples.taxonomy.labels,
            task=examples.task,
            seed=recipe.seed,
        )
        linear.save(folder / "model")
        return linear, "linear", None
    raise NotImplementedError


def _fit_policy(recipe: Recipe, examples: Examples, held_out: Examples, scores: Any) -> Policy:
    policy = fit_policy(
        scores,
        held_out.labels,
        labels=examples.taxonomy.labels,
        task=examples.task,
        split="validation",
        options=recipe.policy,
    )
    return policy


def _claim(final: Path, *, resume: bool, overwrite: bool) -> Path:
    """Return the folder to work in, having checked that nothing is lost by it."""
    unfinished = final.with_name(final.name + UNFINISHED)
    if final.exists() and not overwrite:
        raise TrainingError(
            f"The run {str(final)!r} exists already. Replace it with --overwrite, or train under "
            "another name with --name NAME."
        )
    if unfinished.exists() and not resume:
        if not overwrite:
            raise TrainingError(
                f"An unfinished run lies in {str(unfinished)!r}. Go on with --resume, or start "
                "anew with --overwrite."
            )
        shutil.rmtree(unfinished)
    return unfinished


def _publish(folder: Path, final: Path) -> None:
    """Give the complete run its name; a run that it replaces goes only after that."""
    former = final.with_name(final.name + ".replaced")
    if final.exists():
        final.rename(former)
    folder.rename(final)
    if former.exists():
        shutil.rmtree(former)


def _write_results(
    folder: Path,
    recipe: Recipe,
    validation: Evaluation,
    test: Evaluation | None,
    provenance: Mapping[str, Any],
) -> None:
    """``metrics.json``, ``per_label.csv`` and the scores behind them."""
    judged = {"validation": validation} | ({} if test is None else {"test": test})
    metrics = {
        "format_version": 1,
        "recipe": recipe.name,
        "seed": recipe.seed,
        "splits": {name: evaluation.to_json() for name, evaluation in judged.items()},
        "provenance": provenance,
    }
    text = json.dumps(metrics, indent=2, ensure_ascii=False) + "\n"
    (folder / "metrics.json").write_text(text, encoding="utf-8")
    final = test or validation
    (folder / "per_label.csv").write_text(final.fine.per_label_csv(), encoding="utf-8")
    for name, evaluation in judged.items():
        evaluation.save_scores(folder / "scores" / f"{name}.npz")


def _headlines(evaluation: Evaluation) -> dict[str, Any]:
    fine = evaluation.fine.to_json()
    return {
        "split": evaluation.split,
        "n_texts": evaluation.fine.n_texts,
        "headline": fine["headline"],
        "intervals": fine["intervals"],
        "rollups": {
            name: report.to_json()["headline"] for name, report in evaluation.rollups.items()
        },
    }


def _provenance(recipe: Recipe, examples: Examples, seconds: float) -> dict[str, Any]:
    # No paths: where the data lay is nobody's business, its checksums say what it was.
    settings = recipe.model_dump(mode="json", exclude_none=True)
    for key in ("path", "validation_path", "test_path"):
        settings["data"].pop(key, None)
    return {
        "recipe": settings,
        "seed": recipe.seed,
        "data": {
            "name": examples.name,
            "rows": {
                split: int((examples.splits == split).sum())
                for split in ("train", "validation", "test")
            },
            "files": [{"name": f.name, "sha256": f.sha256, "rows": f.rows} for f in examples.files],
        },
        "versions": {"python": platform.python_version(), **_versions()},
        "platform": f"{platform.system()} {platform.machine()}",
        "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "fit_seconds": round(seconds, 1),
    }


def _versions() -> dict[str, str]:
    found = {"emoscope": metadata.version("emoscope")}
    for name in _VERSIONS_OF:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found

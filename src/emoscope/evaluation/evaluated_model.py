"""A classifier with its evaluation: from a run's saved scores, or by scoring a split now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats, Ints
from emoscope.data.examples import Examples, split_name
from emoscope.data.load import load_examples
from emoscope.data.settings import data_settings
from emoscope.decisions import Policy, read_policy
from emoscope.errors import DataError
from emoscope.evaluation import saved_run
from emoscope.evaluation.behaviour.result import BehaviourResult, read_result
from emoscope.evaluation.judge import Evaluation, examples_for, fingerprint, judge, judge_scores
from emoscope.evaluation.search_result import SearchResult, read_search
from emoscope.inference.answers import LabelAnswers
from emoscope.inference.classifier import EmotionClassifier
from emoscope.loading.find_model import find_model_folder
from emoscope.loading.load_model import load_with
from emoscope.metrics import MetricsReport
from emoscope.model_folder.manifest import Manifest, read_manifest
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import Scorer
from emoscope.taxonomy import Task

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class EvaluatedModel:
    """A classifier, its scores and metrics on one split, and the texts where they are available."""

    name: str
    classifier: EmotionClassifier
    evaluation: Evaluation
    validation: saved_run.SavedScores | None = None
    """Scores that the policy was fitted on; None when they were not saved."""
    examples: Examples | None = None
    """All splits; None when the texts are not available."""
    why_no_examples: str = ""
    history: Mapping[str, Floats] = field(default_factory=dict)
    model_bytes: int | None = None
    behaviour: BehaviourResult | None = None
    """What ``emoscope check`` saved in the run folder."""
    search: SearchResult | None = None
    """The search that found its recipe, where there was one."""
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Fine labels, in the order of the columns."""
        return self.classifier.labels

    @property
    def task(self) -> Task:
        """``multi_label`` or ``single_label``."""
        return self.classifier.task

    @property
    def split(self) -> str:
        """The split that is judged."""
        return self.evaluation.split

    @property
    def manifest(self) -> Manifest | None:
        """Manifest of the model folder, where there is one."""
        return self.classifier.manifest

    @property
    def policy(self) -> Policy:
        """How the classifier decides."""
        return self.classifier.policy

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Recipe, data, versions; empty when the model folder does not record them."""
        return {} if self.manifest is None else self.manifest.provenance

    @property
    def report(self) -> MetricsReport:
        """Metrics of the fine labels."""
        return self.evaluation.fine

    @property
    def truth(self) -> Bools:
        """True labels of the judged split, (n_texts, n_labels)."""
        return self.evaluation.truth

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float32]:
        """Calibrated probabilities of the judged split, (n_texts, n_labels)."""
        return self._answers.probabilities

    @cached_property
    def predicted(self) -> Bools:
        """Labels given on the judged split, (n_texts, n_labels)."""
        return self._answers.held

    @cached_property
    def _answers(self) -> LabelAnswers:
        return self.classifier.decide(None, self.evaluation.scores).sets[0]

    @cached_property
    def validation_probabilities(self) -> npt.NDArray[np.float32] | None:
        """Of the saved validation scores; None without them, or if validation is what is judged."""
        if self.validation is None or self.split == "validation":
            return None
        return self.classifier.decide(None, self.validation.scores).sets[0].probabilities

    @cached_property
    def support(self) -> Ints:
        """Texts of the judged split with each label, (n_labels,)."""
        return np.asarray(self.truth.sum(axis=0), dtype=np.int64)

    @cached_property
    def part(self) -> Examples | None:
        """The judged split's examples, in the order of the scores."""
        return None if self.examples is None else self.examples.split(self.split)


class SavedScoresScorer:
    """The scorer of a run that is evaluated by its saved scores; needs no model library."""

    def __init__(self, labels: tuple[str, ...], task: Task) -> None:
        self.labels = labels
        self.task: Task = task

    def logits(self, texts: object) -> npt.NDArray[np.float32]:
        """Raise :class:`DataError`: only the saved scores are available."""
        raise DataError("Only saved scores are available. Load the model to score other texts.")


def open_run(
    run: Path,
    *,
    examples: Examples | None = None,
    data: Path | None = None,
    split: str = "test",
    with_texts: bool = True,
    say: Say = lambda line: None,
) -> EvaluatedModel:
    """Open a run folder by its saved scores, without loading the model.

    Without saved test scores validation is evaluated instead, and ``notes`` say so. ``data`` is
    where the run's data is; data that is not found leaves the result without texts, as does
    ``with_texts=False``. Raises :class:`DataError` when
    ``examples`` or ``data`` were given and are not what the run was scored on.
    """
    manifest = read_manifest(run / "model", verify=False)
    name, notes = split_name(split), []
    saved = saved_run.read_scores(run, name)
    if saved is None and name == "test":
        notes.append(
            "This run has no test scores, so validation is evaluated: the policy was fitted on "
            "these texts, and all numbers are optimistic."
        )
        name = "validation"
        saved = saved_run.read_scores(run, name)
    if saved is None:
        raise DataError(
            f"The run {str(run)!r} has no saved scores of {name}. Score the split again with "
            f"`emoscope report {run / 'model'}`."
        )
    policy = read_policy(manifest.policy)
    scorer: Scorer = SavedScoresScorer(manifest.labels, manifest.task)
    classifier = EmotionClassifier(scorer, policy, manifest.taxonomy, manifest)
    why = ""
    if examples is not None:
        _check_same_texts(run, examples, name, saved)
    elif with_texts:
        examples, why = _find_examples(run, data, name, saved, say)
    recorded = saved_run.read_metrics(run).get("splits", {}).get(name, {})
    bootstrap = recorded.get("fine", {}).get("bootstrap", {})
    evaluation = judge_scores(
        classifier,
        saved.scores,
        saved.truth,
        split=name,
        texts_sha256=saved.texts_sha256,
        shared_with_train=recorded.get("shared_with_train"),
        seed=int(bootstrap.get("seed", 0)),
    )
    return EvaluatedModel(
        name=run.resolve().name,
        classifier=classifier,
        evaluation=evaluation,
        validation=saved_run.read_scores(run, "validation"),
        examples=examples,
        why_no_examples=why,
        history=saved_run.read_history(run),
        model_bytes=saved_run.folder_bytes(run / "model"),
        behaviour=read_result(run),
        search=read_search(run),
        notes=tuple(notes),
    )


def open_model(
    model: str | Path,
    *,
    examples: Examples | None = None,
    data: Path | None = None,
    settings: Mapping[str, str] | None = None,
    split: str = "test",
    say: Say = lambda line: None,
    runtime: RuntimeOptions | None = None,
) -> EvaluatedModel:
    """Open a model folder or hub id and score ``split`` of its data, or of other data."""
    classifier = load_with(model, runtime)
    if examples is None:
        examples = examples_for(classifier, data=data, settings=settings, say=say)
    evaluation = judge(classifier, examples, split)
    name = str(model) if not Path(model).exists() else Path(model).resolve().name
    return from_evaluation(
        classifier, evaluation, examples, name=name, model=find_model_folder(model)
    )


def from_evaluation(
    classifier: EmotionClassifier,
    evaluation: Evaluation,
    examples: Examples | None,
    *,
    name: str,
    model: Path | None = None,
) -> EvaluatedModel:
    """Wrap a given evaluation; validation is scored where the examples have it."""
    validation = None
    if (
        examples is not None
        and evaluation.split != "validation"
        and examples.has_split("validation")
    ):
        part = examples.split("validation")
        validation = saved_run.SavedScores(
            classifier.score(part.texts).scores, part.labels, fingerprint(part.texts)
        )
    return EvaluatedModel(
        name=name,
        classifier=classifier,
        evaluation=evaluation,
        validation=validation,
        examples=examples,
        why_no_examples="" if examples is not None else "No texts were given.",
        model_bytes=None if model is None else saved_run.folder_bytes(model),
    )


def _find_examples(
    run: Path, data: Path | None, split: str, saved: saved_run.SavedScores, say: Say
) -> tuple[Examples | None, str]:
    """The run's data, or the reason why it is not available."""
    table = saved_run.read_data_table(run)
    try:
        examples = load_examples(data_settings(table), data, trainable=False)
        _check_same_texts(run, examples, split, saved)
    except DataError as error:
        if data is not None:
            raise
        say(f"Reporting without the texts. {error}")
        return None, str(error)
    for note in examples.notes[:1]:
        say(note)
    return examples, ""


def _check_same_texts(
    run: Path, examples: Examples, split: str, saved: saved_run.SavedScores
) -> None:
    part = examples.split(split)
    if fingerprint(part.texts) != saved.texts_sha256 or not np.array_equal(
        part.labels, saved.truth
    ):
        raise DataError(
            f"The {split} texts of {examples.name} ({len(part):,}) are not those that the run "
            f"{str(run)!r} was scored on ({len(saved.truth):,}). Name the run's own data with "
            "--data, or judge its model on other data with "
            f"`emoscope report {run / 'model'} --data FILE`."
        )

"""Evaluation of a classifier on one split, in fine labels and in every roll-up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools
from emoscope.data.examples import Examples, split_name
from emoscope.data.load import load_examples
from emoscope.data.mixture import with_labels_of
from emoscope.data.settings import data_settings
from emoscope.data.text_identity import add_texts, text_key
from emoscope.decisions import plain_policy
from emoscope.errors import DataError, listing
from emoscope.inference.answers import LabelAnswers
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.files import sha256_of
from emoscope.io.output_folder import own_outputs
from emoscope.metrics import MetricsReport, evaluate

FORMAT_VERSION = 1


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Metrics of a classifier on one split, and the scores behind them."""

    split: str
    fine: MetricsReport
    rollups: Mapping[str, MetricsReport]
    """The same in the labels of every roll-up of the taxonomy."""
    at_half: MetricsReport
    """The same scores without the policy: uncalibrated, labels from 0.5 on (multi-label), or the
    most probable one (single-label). For comparison with published numbers."""
    texts_sha256: str
    """Fingerprint of the texts in order; runs with the same one can be compared."""
    shared_with_train: int | None
    """How many of the texts occur in train too, by their ``text_key``; None without train."""
    scores: npt.NDArray[np.float32]
    """Raw scores, shape (n_texts, n_labels)."""
    truth: Bools

    def to_json(self) -> dict[str, Any]:
        """Plain data with stable keys."""
        return {
            "split": self.split,
            "n_texts": self.fine.n_texts,
            "texts_sha256": self.texts_sha256,
            "shared_with_train": self.shared_with_train,
            "fine": self.fine.to_json(),
            "rollups": {name: report.to_json() for name, report in self.rollups.items()},
            "at_half": {
                "headline": self.at_half.to_json()["headline"],
                "labels_predicted": sum(row.predicted > 0 for row in self.at_half.per_label),
            },
        }

    def save(self, folder: Path) -> None:
        """Write ``metrics.json``, ``per_label.csv`` and the scores into ``folder``.

        Raises :class:`DataError` where files of these names are there that emoscope did not write.
        """
        own_outputs(folder, evaluation_files(self.split))
        metrics = {"format_version": FORMAT_VERSION, "splits": {self.split: self.to_json()}}
        text = json.dumps(metrics, indent=2, ensure_ascii=False) + "\n"
        (folder / "metrics.json").write_text(text, encoding="utf-8")
        (folder / "per_label.csv").write_text(self.fine.per_label_csv(), encoding="utf-8")
        self.save_scores(folder / "scores" / f"{self.split}.npz")

    def save_scores(self, path: Path) -> None:
        """Write scores and truth as a compressed NumPy archive; it holds no text."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path, scores=self.scores, truth=self.truth, texts_sha256=np.array(self.texts_sha256)
        )


def evaluation_files(split: str) -> tuple[str, ...]:
    """What :meth:`Evaluation.save` writes for a split."""
    return ("metrics.json", "per_label.csv", f"scores/{split}.npz")


def examples_for(
    classifier: EmotionClassifier,
    *,
    data: Path | None = None,
    settings: Mapping[str, str] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Examples:
    """Read the data that a classifier was trained for, or ``data``, to judge it on.

    ``settings`` change how the data is read. The file that the model learned from is split as it
    was then. Any other file without splits is all test, and is read with the model's labels, so
    that one in which some label never occurs can be judged too.
    """
    manifest = classifier.manifest
    origin = manifest.provenance if manifest else {}
    trained = dict(origin.get("recipe", {}).get("data", {}))
    given: dict[str, Any] = {
        key.replace("-", "_").removeprefix("data."): v for key, v in (settings or {}).items()
    }
    learned_from = _data_set_of(data, origin) if data is not None and data.is_file() else 0
    more_data = origin.get("recipe", {}).get("more_data", [])
    if learned_from and learned_from <= len(more_data):  # not the data set that gave the labels
        own = data_settings(
            {**more_data[learned_from - 1], "name": "file", "sample": None, **given}
        )
        examples = load_examples(own, data, trainable=False)
        examples = with_labels_of(examples, own, classifier.taxonomy, classifier.task, "the model")
        for note in examples.notes:
            say(note)
        return examples
    if data is not None and learned_from is None:
        known = {"label_names": classifier.taxonomy.labels, "task": classifier.task}
        trained = known | {key: trained[key] for key in _COLUMNS if key in trained}
        if not {"split_column", "test_path", "validation_path"} & given.keys():
            given["test_path"], data = data, None
            trained["name"] = "file"
    for key in ("sample", "sample_ratings"):  # a subset to train on is no subset to judge on
        trained.pop(key, None)
    examples = load_examples(data_settings(trained | given), data, trainable=False)
    for note in examples.notes:
        say(note)
    return examples


_COLUMNS = (
    "text",
    "labels",
    "label_columns",
    "ids",
    "delimiter",
    "quoting",
    "header",
    "label_delimiter",
)


def _data_set_of(data: Path, provenance: Mapping[str, Any]) -> int | None:
    """Which of the data sets that the model learned from ``data`` belongs to; None for no one."""
    files = provenance.get("data", {}).get("files", [])
    own = sha256_of(data) if files else None
    return next((file.get("data_set", 0) for file in files if file["sha256"] == own), None)


def judge(
    classifier: EmotionClassifier,
    examples: Examples,
    split: str = "test",
    *,
    scores: npt.NDArray[np.float32] | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Score one split of ``examples`` and measure what comes out.

    ``scores`` (n_texts, n_labels) are used instead of scoring the texts when given. Raises
    :class:`DataError` when the examples have other labels than the classifier, or another task.
    """
    name = split_name(split)
    _check_same_labels(classifier, examples)
    part = examples.split(name)
    if scores is None:
        scores = classifier.score(part.texts).scores
    return judge_scores(
        classifier,
        scores,
        part.labels,
        split=name,
        texts_sha256=fingerprint(part.texts),
        shared_with_train=_shared_with_train(examples, part) if name != "train" else None,
        bootstrap=bootstrap,
        seed=seed,
    )


def judge_scores(
    classifier: EmotionClassifier,
    scores: npt.NDArray[np.float32],
    truth: Bools,
    *,
    split: str,
    texts_sha256: str,
    shared_with_train: int | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Measure ``scores`` against ``truth``, both (n_texts, n fine labels), without the texts."""
    plain = plain_policy(classifier.taxonomy.labels, classifier.task)
    raw, at_half = plain.answer(scores)
    rollups = classifier.taxonomy.rollups
    own, *rolled = classifier.decide(None, scores, tuple(rollups)).sets
    return Evaluation(
        split=split,
        fine=_measure(classifier, own, truth, bootstrap, seed),
        rollups={
            name: _measure(
                classifier.rollup(name), answers, rollup.roll_labels(truth), bootstrap, seed
            )
            for (name, rollup), answers in zip(rollups.items(), rolled, strict=True)
        },
        at_half=evaluate(classifier.task, classifier.labels, truth, at_half, raw, bootstrap=0),
        texts_sha256=texts_sha256,
        shared_with_train=shared_with_train,
        scores=scores,
        truth=truth,
    )


def fingerprint(texts: tuple[str, ...]) -> str:
    """SHA-256 of the texts in order, each ended by a zero byte."""
    digest = hashlib.sha256()
    add_texts(digest, texts)
    return digest.hexdigest()


def _measure(
    classifier: EmotionClassifier,
    answers: LabelAnswers,
    truth: Bools,
    bootstrap: int,
    seed: int,
) -> MetricsReport:
    return evaluate(
        classifier.task,
        classifier.labels,
        truth,
        answers.held,
        answers.probabilities,
        thresholds=list(classifier.thresholds.values()),
        bootstrap=bootstrap,
        seed=seed,
    )


def _shared_with_train(examples: Examples, part: Examples) -> int | None:
    if not examples.has_split("train"):
        return None
    train = {text_key(text) for text in examples.split("train").texts}
    return sum(text_key(text) in train for text in part.texts)


def _check_same_labels(classifier: EmotionClassifier, examples: Examples) -> None:
    ours, theirs = classifier.taxonomy.labels, examples.taxonomy.labels
    if ours != theirs:
        foreign = [label for label in theirs if label not in ours]
        what = f"labels that the model does not have: {listing(foreign)}" if foreign else (
            "the model's labels in another order or only some of them"
        )  # fmt: skip
        raise DataError(
            f"{examples.name} has {what}. Judge the model on data with its own labels "
            f"({listing(ours)})."
        )
    if classifier.task != examples.task:
        raise DataError(
            f"{examples.name} is a {examples.task} task, the model was trained for "
            f"{classifier.task}. Judge it on data of its own task."
        )

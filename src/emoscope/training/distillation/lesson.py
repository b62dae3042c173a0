"""What a student learns from: train texts and chosen unlabelled ones, with teachers' scores."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.data.examples import Examples
from emoscope.data.text_identity import text_key
from emoscope.data.unlabelled import read_unlabelled
from emoscope.errors import NoExamples
from emoscope.inference.classifier import NEUTRAL
from emoscope.training.choose_graph import Say
from emoscope.training.distillation.teacher_scores import open_teachers, teacher_scores
from emoscope.training.settings import DistillationSettings


@dataclass(frozen=True, eq=False)
class Lesson:
    """Train texts, then unlabelled ones."""

    examples: Examples
    """All of split train; an unlabelled text has the labels that its teachers find likely, for
    sampling alone."""
    n_labelled: int
    scores: npt.NDArray[np.float32]
    """The teachers' calibrated scores, shape (n, n_labels)."""
    identity: str
    """A checksum over the teachers."""

    def record(self, settings: DistillationSettings) -> dict[str, Any]:
        """What of it determines the result, as plain data."""
        return {
            **settings.model_dump(mode="json", exclude={"teachers", "unlabelled"}),
            "teachers": self.identity,
            "scores": hashlib.sha256(self.scores.tobytes()).hexdigest()[:16],
        }


def make_lesson(
    settings: DistillationSettings,
    examples: Examples,
    folder: Path,
    seed: int = 0,
    say: Say = lambda line: None,
) -> Lesson:
    """Score the train texts of ``examples`` and unlabelled texts, and choose among the latter.

    ``folder`` holds the runs; scores are kept there. Raises :class:`NoExamples` when the files
    hold no new text, and what opening teachers and reading files raise.
    """
    train = examples.split("train")
    teachers = open_teachers(settings.teachers, train.taxonomy.labels, train.task)
    scores = teacher_scores(teachers, train.texts, folder, say)
    if not settings.unlabelled:
        return Lesson(train, len(train), scores, teachers.identity)
    pool = unlabelled_pool(settings, examples)
    pool_scores = teacher_scores(teachers, pool, folder, say)
    chosen = choose(pool_scores, train.taxonomy.labels, settings, seed)
    say(f"Learning from {len(train):,} labelled and {len(chosen):,} unlabelled texts")
    joined = _with_unlabelled(train, [pool[i] for i in chosen], pool_scores[chosen])
    both = np.concatenate([scores, pool_scores[chosen]])
    return Lesson(joined, len(train), both, teachers.identity)


def choose(
    scores: npt.NDArray[np.float32],
    labels: Sequence[str],
    settings: DistillationSettings,
    seed: int,
) -> npt.NDArray[np.intp]:
    """Rows of ``scores`` (n, n_labels) to learn from, in order, at most ``settings.texts``.

    At most ``settings.neutral_share`` of them are neutral by the teachers; of the others those
    whose likeliest label is rare in the pool come first.
    """
    random = np.random.default_rng(seed)
    top = scores.argmax(axis=1)
    neutral = labels.index(NEUTRAL) if NEUTRAL in labels else -1
    counts = np.bincount(top, minlength=len(labels))
    order = random.permutation(len(scores))
    order = order[np.argsort(counts[top[order]], kind="stable")]
    telling, plain = order[top[order] != neutral], order[top[order] == neutral]
    telling = telling[: settings.texts]
    most = settings.texts - len(telling)
    share = settings.neutral_share
    if share < 1:
        most = min(most, round(len(telling) * share / (1 - share)))
    return np.sort(np.concatenate([telling, plain[:most]])).astype(np.intp)


def unlabelled_pool(settings: DistillationSettings, examples: Examples) -> list[str]:
    """The first ``settings.pool`` unlabelled texts without those in any split of ``examples``.

    Raises :class:`NoExamples` when none is left, and what reading the files raises.
    """
    known = {text_key(text) for text in examples.texts}
    read = read_unlabelled(settings.unlabelled).texts
    pool = [text for text in read[: settings.pool] if text_key(text) not in known]
    if not pool:
        raise NoExamples(
            "The files of distillation.unlabelled hold no text that is not in the data already. "
            "Give other files, or none."
        )
    return pool


def _with_unlabelled(
    train: Examples, texts: Sequence[str], scores: npt.NDArray[np.float32]
) -> Examples:
    n = len(texts)
    likely = scores > 0
    if train.task == "single_label":
        likely = np.eye(scores.shape[1], dtype=np.bool_)[scores.argmax(axis=1)]
    weights = train.weights
    if weights is not None:
        weights = np.concatenate([weights, np.ones(n, dtype=np.float32)])
    return replace(
        train,
        texts=(*train.texts, *texts),
        labels=np.concatenate([train.labels, likely]),
        ids=(*train.ids, *(f"unlabelled-{i}" for i in range(n))),
        splits=np.concatenate([train.splits, np.full(n, "train")]),
        soft_labels=None,
        sources=None,
        weights=weights,
    )

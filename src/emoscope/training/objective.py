"""From loss settings and train labels to a loss, its targets and the head's first bias."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from emoscope.data.examples import Examples
from emoscope.errors import RecipeError
from emoscope.taxonomy import Task
from emoscope.training.losses import Loss
from emoscope.training.losses.asymmetric import Asymmetric
from emoscope.training.losses.bce import BinaryCrossEntropy, positive_weights
from emoscope.training.losses.cross_entropy import CrossEntropy, label_weights, log_prior
from emoscope.training.losses.distillation import Distillation, targets_with_teacher
from emoscope.training.losses.focal import Focal
from emoscope.training.settings import (
    AsymmetricLoss,
    BceLoss,
    CrossEntropyLoss,
    DistillationSettings,
    FocalLoss,
    SoftLoss,
    TrainingSettings,
)


@dataclass(frozen=True)
class Objective:
    """What a model learns: a loss and the targets of the train rows."""

    loss: Loss
    targets: npt.NDArray[np.float32]
    """Shape (n_train, n_labels): labels after smoothing, or the share of raters. With teachers,
    what :func:`~emoscope.training.losses.distillation.targets_with_teacher` gives."""
    validation_loss: Loss
    """The same loss for scores and labels (n, n_labels) alone."""


def make_objective(settings: TrainingSettings, train: Examples) -> Objective:
    """Build the loss; raises :class:`RecipeError` when it does not fit the task or the data."""
    chosen = settings.loss or (BceLoss() if train.task == "multi_label" else CrossEntropyLoss())
    exclusive = train.task == "single_label"
    if exclusive and isinstance(chosen, BceLoss | FocalLoss | AsymmetricLoss):
        raise RecipeError(
            f"The loss {chosen.kind!r} is for multi-label tasks, and {train.name} is single-label. "
            "Set loss.kind = 'cross_entropy' in [training]."
        )
    if not exclusive and isinstance(chosen, CrossEntropyLoss):
        raise RecipeError(
            f"The loss 'cross_entropy' is for single-label tasks, and {train.name} is multi-label. "
            "Set loss.kind = 'bce', 'focal' or 'asymmetric' in [training]."
        )
    targets = train.labels.astype(np.float32)
    if settings.votes and train.soft_labels is not None:
        decided = 1.0 - settings.votes
        targets = soft_targets(train.soft_labels, train.labels, decided, train.task)
    loss: Loss
    match chosen:
        case BceLoss():
            counts = chosen.positive_weight == "counts"
            weight = positive_weights(train.labels, chosen.max_positive_weight) if counts else None
            loss = BinaryCrossEntropy(weight)
        case FocalLoss():
            loss = Focal(chosen.gamma, chosen.alpha)
        case AsymmetricLoss():
            loss = Asymmetric(chosen.gamma_positive, chosen.gamma_negative, chosen.clip)
        case CrossEntropyLoss():
            counts = chosen.label_weight == "counts"
            weight = label_weights(train.labels, chosen.max_label_weight) if counts else None
            tau = chosen.logit_adjustment
            loss = CrossEntropy(weight, tau * log_prior(train.labels) if tau else None)
        case SoftLoss():
            if train.soft_labels is None:
                raise RecipeError(
                    f"The loss 'soft' needs raters' votes, and {train.name} has none. "
                    "Read data with one row a rater, or choose another loss."
                )
            targets = soft_targets(train.soft_labels, train.labels, chosen.hard_share, train.task)
            loss = CrossEntropy() if exclusive else BinaryCrossEntropy()
    targets = smooth(targets, train.labels, settings.label_smoothing, train.task)
    return Objective(loss, targets, loss)


def with_teachers(
    objective: Objective,
    settings: DistillationSettings,
    scores: npt.NDArray[np.float32],
    task: Task,
) -> Objective:
    """``objective`` with the teachers' ``scores`` (n, n_labels), of the train texts first."""
    loss = Distillation(objective.loss, task, settings.weight, settings.temperature)
    return Objective(loss, targets_with_teacher(objective.targets, scores), objective.loss)


def soft_targets(
    votes: npt.NDArray[np.float32], labels: npt.NDArray[np.bool_], hard_share: float, task: Task
) -> npt.NDArray[np.float32]:
    """Mix the share of raters (n, n_labels) with the decided labels, same shape.

    The share of raters carries how sure people are, which the decided label loses (Uma et al.,
    2021, "Learning from Disagreement"). Multi-label targets are independent probabilities;
    single-label rows are scaled to sum to one, and a row without a vote takes its decided label.
    """
    soft = np.asarray(votes, dtype=np.float32)
    if task == "single_label":
        total = soft.sum(axis=1, keepdims=True)
        scaled = soft / np.maximum(total, 1e-12)
        soft = np.where(total > 0, scaled, labels.astype(np.float32))
    return np.asarray(hard_share * labels + (1 - hard_share) * soft, dtype=np.float32)


def smooth(
    targets: npt.NDArray[np.float32],
    labels: npt.NDArray[np.bool_],
    share: float,
    task: Task,
) -> npt.NDArray[np.float32]:
    """Move ``share`` of each target to the labels' frequencies or, single-label, to all evenly.

    Smoothing multi-label targets towards one half would teach that every rare label is likely.
    """
    if not share:
        return targets
    towards = labels.mean(axis=0) if task == "multi_label" else 1.0 / labels.shape[1]
    return np.asarray((1 - share) * targets + share * towards, dtype=np.float32)


def prior_bias(targets: npt.NDArray[np.float32], task: Task) -> torch.Tensor:
    """Scores (n_labels,) at which a model without other evidence predicts the mean of ``targets``.

    Without it the first steps only push 28 probabilities down from one half.
    """
    n = len(targets)
    # half an imaginary text of each kind keeps the scores finite for labels that no text, or
    # every text, has
    mean = (targets.sum(axis=0) + 0.5) / (n + 1.0)
    score = np.log(mean) - np.log1p(-mean) if task == "multi_label" else np.log(mean)
    return torch.from_numpy(score.astype(np.float32))

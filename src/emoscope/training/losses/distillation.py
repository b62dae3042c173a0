"""Learning from a teacher's probabilities beside the true labels (Hinton et al., 2015).

Multi-label: binary cross-entropy against the teacher's probability of each label; single-label:
cross-entropy against its distribution. Both with scores of student and teacher divided by a
temperature, and multiplied by its square, so that gradients keep their size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from emoscope.taxonomy import Task
from emoscope.training.losses import Loss


@dataclass(frozen=True)
class Distillation:
    """``(1 - w) * loss(z, y) + w * T^2 * H(teacher / T, z / T)``, mean over texts.

    A text without labels has the second term alone, with weight 1.
    """

    loss: Loss
    """Of the true labels; a mean over texts and, multi-label, over labels."""
    task: Task
    weight: float
    """w, the teacher's share in texts that have labels, from 0 to 1."""
    temperature: float = 1.0
    """T."""

    def __call__(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Scalar loss of ``scores`` (b, n_labels) and ``targets`` (b, 2 * n_labels).

        ``targets`` is what :func:`targets_with_teacher` gives.
        """
        truth, teacher = targets.float().chunk(2, dim=1)
        labelled = ~truth[:, 0].isnan()
        share = torch.where(labelled, self.weight, 1.0)
        loss = (share * self._from_teacher(scores.float(), teacher)).mean()
        if self.weight < 1.0 and bool(labelled.any()):
            true = self.loss(scores[labelled], truth[labelled])
            loss = loss + (1.0 - self.weight) * labelled.float().mean() * true
        return loss

    def _from_teacher(self, scores: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of each text against its teacher's scores, shape (b,)."""
        z, t = scores / self.temperature, teacher / self.temperature
        if self.task == "single_label":
            entropy = -(t.softmax(dim=1) * z.log_softmax(dim=1)).sum(dim=1)
        else:
            entropy = functional.binary_cross_entropy_with_logits(
                z, t.sigmoid(), reduction="none"
            ).mean(dim=1)
        return self.temperature**2 * entropy


def targets_with_teacher(
    labels: npt.NDArray[np.float32], teacher: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Targets (n, 2 * n_labels): those of the labels, then the teacher's scores.

    ``labels`` (n_labelled, n_labels) are of the first texts; the others, up to the n of
    ``teacher`` (n, n_labels), have none, which is written as NaN.
    """
    targets = np.full((len(teacher), 2 * teacher.shape[1]), np.nan, dtype=np.float32)
    targets[: len(labels), : teacher.shape[1]] = labels
    targets[:, teacher.shape[1] :] = teacher
    return targets

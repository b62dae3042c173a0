"""Binary cross-entropy for independent labels, with weights for rare positives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """Mean over texts and labels of ``-(w y log p + (1 - y) log(1 - p))``, p = sigmoid(score)."""

    positive_weight: torch.Tensor | None = None
    """w for each label, shape (n_labels,); none for 1."""

    def __call__(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Scalar loss of ``scores`` and ``targets``, both (b, n_labels)."""
        weight = None if self.positive_weight is None else self.positive_weight.to(scores.device)
        return functional.binary_cross_entropy_with_logits(
            scores.float(), targets.float(), pos_weight=weight
        )


def positive_weights(labels: npt.NDArray[np.bool_], cap: float) -> torch.Tensor:
    """Negatives / positives for each label of ``labels`` (n, n_labels), between 1 and ``cap``.

    A label without a positive gets the cap: it has none to weigh.
    """
    positives = labels.sum(axis=0)
    ratio = (len(labels) - positives) / np.maximum(positives, 1)
    ratio = np.where(positives == 0, cap, ratio)
    return torch.from_numpy(np.clip(ratio, 1.0, cap).astype(np.float32))

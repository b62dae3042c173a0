"""Focal loss (Lin, Goyal, Girshick, He, Dollár 2017, "Focal Loss for Dense Object Detection")."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True)
class Focal:
    """Mean over texts and labels of ``-a (1 - p)^gamma log p``, p the probability of the truth."""

    gamma: float = 2.0
    alpha: float | None = None

    def __call__(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Scalar loss of ``scores`` and ``targets``, both (b, n_labels).

        Soft targets weigh the loss of a positive and that of a negative.
        """
        z, y = scores.float(), targets.float()
        # log p and log(1 - p) without overflow; 1 - p_t is the exponential of the other's logarithm
        log_p, log_q = functional.logsigmoid(z), functional.logsigmoid(-z)
        positive = -torch.exp(self.gamma * log_q) * log_p
        negative = -torch.exp(self.gamma * log_p) * log_q
        if self.alpha is not None:
            positive, negative = self.alpha * positive, (1 - self.alpha) * negative
        return (y * positive + (1 - y) * negative).mean()

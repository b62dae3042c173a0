"""Asymmetric loss (Ridnik, Ben-Baruch, Zamir, Noy, Friedman, Protter, Zelnik-Manor 2021).

Of 28 labels a text has one or two, so easy negatives make most of the loss. Here negatives are
focused harder than positives, and those with a probability below ``clip`` are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional


@dataclass(frozen=True)
class Asymmetric:
    """Mean of ``-(1 - p)^g+ log p`` for positives, ``-q^g- log(1 - q)``, q = max(p - clip, 0)."""

    gamma_positive: float = 0.0
    gamma_negative: float = 4.0
    clip: float = 0.05

    def __call__(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Scalar loss of ``scores`` and ``targets``, both (b, n_labels)."""
        z, y = scores.float(), targets.float()
        log_p, log_q = functional.logsigmoid(z), functional.logsigmoid(-z)
        positive = -torch.exp(self.gamma_positive * log_q) * log_p
        # the floor is not 0: a power below one has no slope there
        shifted = (torch.sigmoid(z) - self.clip).clamp(min=1e-8)
        # with a clip, 1 - pm is at least clip, and the logarithm is safe; without, logsigmoid has
        # to do it
        log_rest = torch.log1p(-shifted) if self.clip > 0 else log_q
        negative = -(shifted**self.gamma_negative) * log_rest
        return (y * positive + (1 - y) * negative).mean()

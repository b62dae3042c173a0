"""Cross-entropy over exclusive labels, with label weights, smoothing and logit adjustment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional


@dataclass(frozen=True)
class CrossEntropy:
    """Mean over texts of ``-sum_l w_l t_l log softmax(z + adjustment)_l``."""

    label_weight: torch.Tensor | None = None
    """w for each label, shape (n_labels,); none for 1."""
    adjustment: torch.Tensor | None = None
    """Added to the scores in training, shape (n_labels,): tau x log prior (Menon et al., 2021,
    "Long-tail learning via logit adjustment")."""

    def __call__(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Scalar loss of ``scores`` (b, n_labels) and ``targets``, same shape, rows summing to one.

        The mean is over texts, not over weights as in ``torch.nn.CrossEntropyLoss``: a mean over
        weights depends on how texts are cut into batches and processes.
        """
        z = scores.float()
        if self.adjustment is not None:
            z = z + self.adjustment.to(z.device)
        terms = targets.float() * functional.log_softmax(z, dim=-1)
        if self.label_weight is not None:
            terms = terms * self.label_weight.to(z.device)
        return -terms.sum(dim=-1).mean()


def label_weights(labels: npt.NDArray[np.bool_], cap: float) -> torch.Tensor:
    """Weights (n_labels,) proportional to 1 / frequency, capped, mean one over the texts.

    ``labels`` is (n, n_labels). Before scaling, a label of average frequency weighs 1.
    """
    counts = labels.sum(axis=0)
    n_seen = max(int((counts > 0).sum()), 1)
    weights = np.minimum(len(labels) / (n_seen * np.maximum(counts, 1)), cap)
    weights = np.where(counts > 0, weights, 1.0)
    mean = (weights * counts).sum() / max(counts.sum(), 1)
    return torch.from_numpy((weights / mean).astype(np.float32))


def log_prior(labels: npt.NDArray[np.bool_]) -> torch.Tensor:
    """Log of each label's share of ``labels`` (n, n_labels), one imaginary text added to each."""
    counts = labels.sum(axis=0) + 1.0
    return torch.from_numpy(np.log(counts / counts.sum()).astype(np.float32))

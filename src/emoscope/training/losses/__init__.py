"""Losses, one a file; each takes raw scores and targets and gives a mean over texts.

Every loss is computed in float32, from logits (never from probabilities, whose logarithm
overflows).
"""

from __future__ import annotations

from collections.abc import Callable

import torch

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(scores (b, n_labels), targets (b, n_labels) in [0, 1]) -> scalar."""

"""Exponential moving average of weights: the last steps together are better than the last one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

FILE = "ema.safetensors"


class WeightAverage:
    """Running average of a model's trainable weights, kept in float32 beside the model."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        """Start at the present weights; ``decay`` is the share that the past keeps at each step."""
        self.decay = decay
        self.updates = 0
        self._model = model
        self._average = {
            name: p.detach().float().clone()
            for name, p in model.named_parameters()
            if p.requires_grad
        }

    @torch.no_grad()
    def update(self) -> None:
        """Take in the present weights.

        The decay grows from 0.1 as (1 + t) / (10 + t), so that the random start is soon forgotten.
        """
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        for name, p in self._model.named_parameters():
            if name in self._average:
                self._average[name].lerp_(p.detach().float(), 1.0 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the model have the averaged weights for a while."""
        kept = {
            n: p.detach().clone() for n, p in self._model.named_parameters() if n in self._average
        }
        self._copy(self._average)
        try:
            yield
        finally:
            self._copy(kept)

    def save(self, folder: Path) -> None:
        """Write the average into a checkpoint folder."""
        tensors = {name: t.contiguous() for name, t in self._average.items()}
        save_file(tensors, folder / FILE, metadata={"updates": str(self.updates)})

    def load(self, folder: Path) -> None:
        """Read the average of a checkpoint folder."""
        with safe_open(folder / FILE, framework="pt") as file:
            self.updates = int(file.metadata()["updates"])
            for name, t in self._average.items():
                t.copy_(file.get_tensor(name))

    @torch.no_grad()
    def _copy(self, source: dict[str, torch.Tensor]) -> None:
        for name, p in self._model.named_parameters():
            if name in source:
                p.copy_(source[name])

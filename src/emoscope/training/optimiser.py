"""AdamW with a learning rate for each layer, and weight decay for matrices only."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import nn

from emoscope.training.settings import TrainingSettings

_LAYER = re.compile(r"\.(?:layers?|blocks?|h)\.(\d+)\.")


def depth_of(name: str, base_prefix: str, n_layers: int) -> int:
    """Layer number of a parameter, counted from below.

    0 embeddings, 1 to n the layers, n + 1 what lies above them in the encoder, n + 2 the head.

    ``name`` is as in ``named_parameters()``; ``base_prefix`` as in transformers'
    ``base_model_prefix``.
    """
    if not name.startswith(base_prefix + "."):
        return n_layers + 2
    found = _LAYER.search(name)
    if found:
        return int(found.group(1)) + 1
    return 0 if "embed" in name else n_layers + 1


def layer_count(names: list[str], base_prefix: str) -> int:
    """Number of layers that occur in these parameter names."""
    found = [_LAYER.search(name) for name in names if name.startswith(base_prefix + ".")]
    return max((int(m.group(1)) + 1 for m in found if m), default=0)


def parameter_groups(model: nn.Module, settings: TrainingSettings) -> list[dict[str, Any]]:
    """Group trainable parameters by learning rate and weight decay, for an optimiser.

    The top layer learns at ``learning_rate``, each layer below at ``layerwise_decay`` times the
    one above (Howard and Ruder 2018), matrices decay, biases and norms (fewer than two
    dimensions) do not.
    """
    prefix = str(getattr(model, "base_model_prefix", "")) or "base_model"
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    n_layers = layer_count([n for n, _ in named], prefix)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in named:
        depth = depth_of(name, prefix, n_layers)
        rate = settings.learning_rate * settings.layerwise_decay ** max(n_layers - depth, 0)
        if depth == 0 and settings.embedding_learning_rate is not None:
            rate = settings.embedding_learning_rate
        if depth == n_layers + 2 and settings.head_learning_rate is not None:
            rate = settings.head_learning_rate
        decay = settings.weight_decay if parameter.ndim >= 2 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    # the fastest group first: its rate is the one that logs and history show
    ordered = sorted(groups.items(), key=lambda item: item[0], reverse=True)
    return [{"params": p, "lr": rate, "weight_decay": decay} for (rate, decay), p in ordered]


def make_optimiser(model: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """AdamW over :func:`parameter_groups`, in one fused kernel a step."""
    return torch.optim.AdamW(
        parameter_groups(model, settings),
        lr=settings.learning_rate,
        betas=(0.9, settings.beta2),
        eps=settings.adam_epsilon,
        fused=True,
    )


def warmup_steps(warmup: float, total: int) -> int:
    """Number of warm-up steps: below one ``warmup`` is a share of ``total``, else a number."""
    return min(round(warmup * total) if warmup < 1 else round(warmup), total)

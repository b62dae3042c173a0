"""An encoder with fewer feed-forward neurons, to be trained on: faster from the start.

Shapes: b texts, t tokens, k neurons, h channels of the layer's output.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from emoscope.errors import RecipeError
from emoscope.models.neurons import Matrix, choose_neurons, kept_neurons

_LAYERS = (("intermediate.dense", "output.dense"), ("ffn.lin1", "ffn.lin2"))
"""The two products of a feed-forward layer, as BERT and its kin and as DistilBERT name them."""
_SIZES = ("intermediate_size", "hidden_dim")
"""The same architectures' names for the number of neurons."""


@torch.no_grad()
def narrow(model: Any, batches: Sequence[tuple[Tensor, Tensor]], share: float, name: str) -> None:
    """Keep about ``share`` of the neurons of each feed-forward layer of ``model``, in place.

    ``batches`` are token ids and masks (b, t) of texts, whose token states should stay as they
    are. Raises :class:`RecipeError` for an encoder, called ``name``, without such layers.
    """
    layers = list(_feed_forwards(model))
    if not layers:
        raise RecipeError(
            f"model.neurons: {name!r} has no feed-forward layers of a known form (BERT, RoBERTa, "
            "MPNet, DistilBERT and their kin). Leave the key out."
        )
    moments = _moments(model, [second for _, second in layers], batches)
    for (first, second), moment in zip(layers, moments, strict=True):
        keep = kept_neurons(second.in_features, share)
        if not keep:
            continue
        weights = torch.cat([second.weight.T, second.bias[None]]).double().numpy()
        chosen, fitted = choose_neurons(moment, weights, keep)
        at = torch.from_numpy(chosen)
        first.weight, first.bias = nn.Parameter(first.weight[at]), nn.Parameter(first.bias[at])
        second.weight = nn.Parameter(torch.from_numpy(fitted[:-1].T.copy()).float())
        second.bias = nn.Parameter(torch.from_numpy(fitted[-1].copy()).float())
        first.out_features = second.in_features = keep
        _describe(model.config, keep)


def _feed_forwards(model: Any) -> Iterator[tuple[nn.Linear, nn.Linear]]:
    modules = dict(model.named_modules())
    for name, module in modules.items():
        for first, second in _LAYERS:
            if name.endswith("." + first) and isinstance(module, nn.Linear):
                yield module, modules[name.removesuffix(first) + second]


def _moments(
    model: Any, layers: Sequence[nn.Linear], batches: Sequence[tuple[Tensor, Tensor]]
) -> list[Matrix]:
    """Of the inputs (b, t, k) of each layer, and of a 1, their moments (k + 1, k + 1)."""
    found = [np.zeros((layer.in_features + 1,) * 2) for layer in layers]
    keep = torch.ones(0)

    def watch(number: int) -> Any:
        def hook(module: nn.Module, inputs: tuple[Tensor]) -> None:
            states = inputs[0][keep]
            rows = torch.cat([states, torch.ones_like(states[:, :1])], dim=1)
            found[number] += (rows.T @ rows).numpy()

        return hook

    hooks = [layer.register_forward_pre_hook(watch(i)) for i, layer in enumerate(layers)]
    was_training = model.training
    model.eval()
    try:
        for ids, mask in batches:
            keep = mask.bool()
            model(input_ids=ids, attention_mask=mask)
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    return found


def _describe(config: Any, neurons: int) -> None:
    inner = getattr(config, "encoder", None) or config
    for name in _SIZES:
        if hasattr(inner, name):
            setattr(inner, name, neurons)

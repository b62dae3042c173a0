"""The last layer of a classifier: one output a label.

A calibration is a line a label, and so is this layer: the one can be written into the other. Then
transformers, a browser or any other runtime that opens the folder gets calibrated probabilities.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn


def label_layer(model: Any, n_labels: int) -> nn.Linear | None:
    """The last linear layer with ``n_labels`` outputs and a bias; None where there is none."""
    found = [
        module
        for module in model.modules()
        if isinstance(module, nn.Linear)
        and module.out_features == n_labels
        and module.bias is not None
    ]
    return found[-1] if found else None


@torch.no_grad()
def set_bias(model: Any, bias: torch.Tensor) -> None:
    """Start the label layer at ``bias``, shape (n_labels,); models without one stay as they are."""
    layer = label_layer(model, len(bias))
    if layer is not None and layer.bias is not None:
        layer.bias.copy_(bias)


@torch.no_grad()
def fold_line(model: Any, slope: npt.NDArray[np.float64], offset: npt.NDArray[np.float64]) -> bool:
    """Make the scores of ``model`` ``slope * score + offset``, both of shape (n_labels,).

    Returns whether it could: a model without a label layer stays as it is.
    """
    layer = label_layer(model, len(slope))
    if layer is None or layer.bias is None:
        return False
    factor = torch.tensor(slope).to(layer.weight)
    layer.weight.mul_(factor[:, None])
    layer.bias.mul_(factor).add_(torch.tensor(offset).to(layer.bias))
    return True

"""Whether a graph answers as the model it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.errors import ExportError
from emoscope.scorers.scorer import Scorer
from emoscope.taxonomy import Task

FP32_TOLERANCE = 1e-4
"""Greatest difference of any probability between torch and the fp32 graph."""
PARITY_TEXTS = 500


@dataclass(frozen=True)
class Difference:
    """How far probabilities of two scorers lie apart, over all texts and labels."""

    greatest: float
    mean: float


def compare(
    reference: npt.NDArray[np.float32], found: npt.NDArray[np.float32], task: Task
) -> Difference:
    """Compare raw scores of two models, both (n, n_labels), as uncalibrated probabilities."""
    apart = np.abs(_probabilities(reference, task) - _probabilities(found, task))
    return Difference(float(apart.max(initial=0.0)), float(apart.mean()) if apart.size else 0.0)


def check_fp32(
    reference: Scorer, graph: Scorer, texts: Sequence[str], tolerance: float = FP32_TOLERANCE
) -> Difference:
    """Compare the fp32 graph with the torch model on ``texts``.

    Raises :class:`ExportError`, naming text and label, when a probability differs by more than
    ``tolerance``.
    """
    expected, found = reference.logits(texts), graph.logits(texts)
    difference = compare(expected, found, reference.task)
    if not difference.greatest <= tolerance:  # not-a-number fails too
        p, q = (_probabilities(s, reference.task) for s in (expected, found))
        apart = np.nan_to_num(np.abs(p - q), nan=np.inf)
        row, column = np.unravel_index(int(apart.argmax()), apart.shape)
        raise ExportError(
            "The exported graph answers differently from the model: for the text "
            f"{texts[int(row)][:60]!r} it gives {reference.labels[int(column)]!r} the probability "
            f"{q[row, column]:.6f} instead of {p[row, column]:.6f}; {tolerance:g} apart is "
            "allowed. Nothing was written. Run the model with torch, or report the encoder's name "
            "to the authors."
        )
    return difference


def _probabilities(scores: npt.NDArray[np.float32], task: Task) -> npt.NDArray[np.float64]:
    wide = scores.astype(np.float64)
    if task == "multi_label":
        return np.asarray(1.0 / (1.0 + np.exp(-wide)))
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))

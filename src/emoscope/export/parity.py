"""How far a graph's probabilities are from those of the model it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emoscope.decisions.activation import activate
from emoscope.errors import ExportError
from emoscope.taxonomy import Task

FP32_TOLERANCE = 1e-4
"""Greatest difference of any probability between torch and the fp32 graph."""


@dataclass(frozen=True)
class Difference:
    """How far probabilities of two scorers lie apart, over all texts and labels."""

    greatest: float
    mean: float


def compare(
    reference: npt.NDArray[np.float32], found: npt.NDArray[np.float32], task: Task
) -> Difference:
    """Compare raw scores of two models, both (n, n_labels), as uncalibrated probabilities."""
    apart = np.abs(_activated(reference, task) - _activated(found, task))
    return Difference(float(apart.max(initial=0.0)), float(apart.mean()) if apart.size else 0.0)


def check_fp32(
    expected: npt.NDArray[np.float32],
    found: npt.NDArray[np.float32],
    texts: Sequence[str],
    labels: Sequence[str],
    task: Task,
    tolerance: float = FP32_TOLERANCE,
) -> Difference:
    """Compare the fp32 graph's scores of ``texts`` with torch's, both (n_texts, n_labels).

    Raises :class:`ExportError`, naming text and label, when a probability differs by more than
    ``tolerance``.
    """
    difference = compare(expected, found, task)
    if not difference.greatest <= tolerance:  # not-a-number fails too
        p, q = (_activated(s, task) for s in (expected, found))
        apart = np.nan_to_num(np.abs(p - q), nan=np.inf)
        row, column = np.unravel_index(int(apart.argmax()), apart.shape)
        raise ExportError(
            "The exported graph differs from the model: for the text "
            f"{texts[int(row)][:60]!r} it gives {labels[int(column)]!r} the probability "
            f"{q[row, column]:.6f} instead of {p[row, column]:.6f}; {tolerance:g} apart is "
            "allowed. Nothing was written. Run the model with torch, or report the encoder's name "
            "to the authors."
        )
    return difference


def _activated(scores: npt.NDArray[np.float32], task: Task) -> npt.NDArray[np.float64]:
    return activate(scores.astype(np.float64), task)

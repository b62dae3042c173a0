"""How far each text moves an F1: what standard errors and paired differences are made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emoscope.decisions.options import Objective
from emoscope.decisions.thresholds import Vector


def f1_with_influence(
    decided: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_], objective: Objective
) -> tuple[float, float, Vector]:
    """Macro-F1, micro-F1, and the influence of each text on the objective, shape (n,).

    F1 is ``2 hits / size`` with size = decided + true. Giving one text a little more weight changes
    it by ``(2 own hits - F1 * own size) / size``; these sum to zero over all texts, and the root of
    the sum of their squares is the standard error. A label neither decided nor true has F1 zero.
    """
    hits = decided & truth
    twice = 2.0 * hits.sum(axis=0)
    size = np.maximum(decided.sum(axis=0) + truth.sum(axis=0), 1).astype(np.float64)
    f1 = twice / size
    total = float(size.sum())
    micro = float(twice.sum()) / total
    if objective == "macro_f1":
        gain, cost = 2.0 / size / len(f1), f1 / size / len(f1)
    else:
        gain, cost = np.full(len(f1), 2.0 / total), np.full(len(f1), micro / total)
    influence = hits @ gain - decided @ cost - truth @ cost
    return float(f1.mean()), micro, influence

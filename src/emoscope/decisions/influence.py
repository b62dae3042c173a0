"""How far each text moves an F1: what standard errors and paired differences are made of."""

from __future__ import annotations

import numpy as np

from emoscope.arrays import Bools, Floats
from emoscope.decisions.options import Objective


def f1_with_influence(
    decided: Bools, truth: Bools, objective: Objective
) -> tuple[float, float, Floats]:
    """Macro-F1, micro-F1, and the influence of each text on the objective, shape (n,).

    F1 is ``2 hits / size`` with size = decided + true. Giving one text a little more weight changes
    it by ``(2 own hits - F1 * own size) / size``; these sum to zero over all texts, and the root of
    the sum of their squares is the standard error. Macro-F1 is the mean over the labels that occur
    in ``truth``, as in :mod:`emoscope.metrics.counts`; 0 when none does.
    """
    hits = decided & truth
    twice = 2.0 * hits.sum(axis=0)
    size = np.maximum(decided.sum(axis=0) + truth.sum(axis=0), 1).astype(np.float64)
    f1 = twice / size
    total = float(size.sum())
    micro = float(twice.sum()) / total
    share = truth.any(axis=0) / max(int(truth.any(axis=0).sum()), 1)
    if objective == "macro_f1":
        gain, cost = 2.0 * share / size, f1 * share / size
    else:
        gain, cost = np.full(len(f1), 2.0 / total), np.full(len(f1), micro / total)
    influence = hits @ gain - decided @ cost - truth @ cost
    return float(f1 @ share), micro, influence

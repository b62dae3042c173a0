"""Thresholds read off a sample: one for all labels, or one a label, by sweeping all cuts at once.

F1 after letting the k most probable texts pass is ``2 * hits(k) / (k + positives)``; sorting once
and adding up hits gives it for every k. A cut lies midway between two neighbouring probabilities,
so that rounding at prediction time cannot move a text across it. Where no text has a label, no cut
is better than another: such a label takes the threshold tuned for all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emoscope.arrays import Bools, Floats, Rows
from emoscope.decisions.options import Objective

NO_INFORMATION = 0.5
"""The threshold where nothing at all can be learnt: no text, or no positive under any label."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Texts of every label, most probable first; all of shape (n_labels, n)."""

    order: Rows
    """Row in the sample."""
    probabilities: Floats
    hits: Floats
    """Positives among the texts up to and with this one."""

    @property
    def positives(self) -> Floats:
        """Positives of each label, shape (n_labels,)."""
        return np.asarray(self.hits[:, -1])

    def cuts(self) -> Floats:
        """Threshold that lets exactly the texts up to and with this one pass."""
        below = np.zeros_like(self.probabilities)
        below[:, :-1] = self.probabilities[:, 1:]
        return 0.5 * (self.probabilities + below)

    def possible(self) -> Bools:
        """Whether a cut after this text exists: equal probabilities pass together."""
        differs = np.ones(self.probabilities.shape, dtype=np.bool_)
        differs[:, :-1] = self.probabilities[:, 1:] < self.probabilities[:, :-1]
        return differs

    def recalibrated(self, probabilities: Floats) -> Ranking:
        """The same order with other probabilities, shape (n, n_labels), that rise with the old."""
        by_label = np.ascontiguousarray(probabilities.T)
        return replace(self, probabilities=np.take_along_axis(by_label, self.order, axis=1))


def rank(values: Floats, truth: Bools) -> Ranking:
    """Sort texts under each label; both arguments have shape (n, n_labels), n at least 1."""
    by_label = np.ascontiguousarray(values.T)
    order = np.argsort(-by_label, axis=1, kind="stable")
    held = np.take_along_axis(np.ascontiguousarray(truth.T), order, axis=1)
    return Ranking(
        order,
        np.take_along_axis(by_label, order, axis=1),
        np.cumsum(held, axis=1, dtype=np.float64),
    )


def fit_global(ranking: Ranking, objective: Objective = "macro_f1") -> float:
    """The one threshold for all labels with the best objective; the higher of equals."""
    positives = ranking.positives
    if not positives.sum():
        return NO_INFORMATION
    flat = ranking.probabilities.ravel()
    order = np.argsort(-flat, kind="stable")
    sorted_p = flat[order]
    if objective == "macro_f1":
        # Passing one more text changes the F1 of its own label only: add up the changes.
        f1 = _f1(ranking)
        change = np.diff(f1, axis=1, prepend=0.0).ravel()[order]
        reached = np.cumsum(change)
    else:
        hits = np.diff(ranking.hits, axis=1, prepend=0.0).ravel()[order]
        passed = np.arange(1, len(flat) + 1)
        reached = 2.0 * np.cumsum(hits) / (passed + positives.sum())
    below = np.append(sorted_p[1:], 0.0)
    last_of_equals = np.append(sorted_p[1:] < sorted_p[:-1], True)
    best = int(np.argmax(np.where(last_of_equals, reached, -1.0)))
    return float(0.5 * (sorted_p[best] + below[best]))


def fit_raw(ranking: Ranking, objective: Objective = "macro_f1") -> Floats:
    """Thresholds, shape (n_labels,), that maximise the objective on this very sample.

    Optimistic for rare labels: the best of many cuts through 13 positives fits their noise.
    """
    positives = ranking.positives
    if objective == "macro_f1":
        best = np.argmax(np.where(ranking.possible(), _f1(ranking), -1.0), axis=1)
        raw = np.take_along_axis(ranking.cuts(), best[:, None], axis=1)[:, 0]
    else:
        raw = _fit_raw_micro(ranking)
    if (positives > 0).all():
        return np.asarray(raw)
    return np.where(positives > 0, raw, fit_global(ranking, objective))


def _f1(ranking: Ranking) -> Floats:
    passed = np.arange(1, ranking.hits.shape[1] + 1)
    return 2.0 * ranking.hits / (passed + ranking.positives[:, None])


def _fit_raw_micro(ranking: Ranking) -> Floats:
    """Micro-F1 ties the labels together; Dinkelbach's iteration (1967) unties them.

    Given the value r reached so far, each label maximises ``2 hits - r passed`` on its own; that
    raises r until it stays, which is the maximum of the ratio ``2 hits / (passed + positives)``.
    """
    n_labels, n = ranking.hits.shape
    total = float(ranking.positives.sum())
    # column 0: nothing passes
    hits = np.hstack([np.zeros((n_labels, 1)), ranking.hits])
    possible = np.hstack([ranking.probabilities[:, :1] < 1.0, ranking.possible()])
    nothing = 0.5 * (ranking.probabilities[:, :1] + 1.0)
    cuts = np.hstack([nothing, ranking.cuts()])
    passed = np.arange(n + 1)
    ratio, best = 0.0, np.zeros(n_labels, dtype=np.intp)
    for _ in range(100):
        best = np.argmax(np.where(possible, 2.0 * hits - ratio * passed, -np.inf), axis=1)
        reached = 2.0 * hits[np.arange(n_labels), best].sum() / max(best.sum() + total, 1.0)
        if reached <= ratio:
            break
        ratio = float(reached)
    return np.asarray(cuts[np.arange(n_labels), best])

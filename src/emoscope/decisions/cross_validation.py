"""Choosing among ways to make a policy, by cross-validation inside the validation split.

Every candidate is fitted on some folds and decides the texts of the one left out. Its decisions on
all left-out texts together give its F1 (thirteen positives are too few to be judged two at a time);
repeats with other folds are averaged. Probabilities are judged by log loss, which F1 cannot do: it
looks at the order of texts only. So the choice has two steps:

1. the calibration with the least log loss, since probabilities are shown to people;
2. with that calibration, the thresholds and the fallback with the best F1.

Calibrations that tie leave the choice to the simplest; policies that tie leave it to their other
F1 (micro where macro is the objective), then to the simplest. The standard errors behind it say how
far the sample of texts alone moves a score, or the difference of two: each text's influence on F1
(its derivative in the weight of that text) is summed in squares, the infinitesimal jackknife
(Efron, 1982).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from emoscope.arrays import Bools, Floats, Rows
from emoscope.decisions.options import (
    CALIBRATION_KINDS,
    CalibrationKind,
    Fallback,
    Objective,
    PolicyOptions,
)
from emoscope.decisions.policy import Method

Outcome = tuple[Bools, Floats]
"""Decisions (n, n_labels) and log loss of each text (n,), summed over its labels."""
Decide = Callable[[Rows, Rows], Iterable[Outcome]]
"""(rows to fit on, rows to decide) -> the outcome of each candidate, in order."""

MOST_TEXTS = 20_000
"""Larger splits are compared on a sample of this size; the fit itself uses every text."""
TIE = 0.25
"""Behind by less than this many standard errors of the difference counts as a tie."""


@dataclass(frozen=True)
class Candidate:
    """One way to make a policy."""

    calibration: CalibrationKind
    thresholds: Method
    fallback: Fallback


@dataclass(frozen=True, eq=False)
class Comparison:
    """How the candidates did on texts they were not fitted on."""

    candidates: Sequence[Candidate]
    """Simplest first."""
    macro_f1: Floats
    micro_f1: Floats
    objective: Objective
    influence: Floats
    """Of each text on the objective, shape (n_candidates, n)."""
    log_loss: Floats
    """Of each text, shape (n_candidates, n)."""

    def choose(self) -> Candidate:
        """The winner of the two steps."""
        loss = self.log_loss.sum(axis=1)
        n = self.log_loss.shape[1]
        least = int(np.argmin(loss))
        loss_error = (self.log_loss - self.log_loss[least]).std(axis=1) * np.sqrt(n)
        tied = loss - loss[least] <= TIE * loss_error
        kind = min(
            (c.calibration for c, ties in zip(self.candidates, tied, strict=True) if ties),
            key=CALIBRATION_KINDS.index,
        )
        open_ = [i for i, c in enumerate(self.candidates) if c.calibration == kind]
        best = max(open_, key=lambda i: self._scores[i])
        behind, error = self._behind(best)
        equals = [i for i in open_ if behind[i] <= TIE * error[i]]
        other = self.micro_f1 if self.objective == "macro_f1" else self.macro_f1
        return self.candidates[max(equals, key=lambda i: other[i])]  # max keeps the first of equals

    def rows(self) -> list[dict[str, Any]]:
        """One flat row of plain data a candidate; ``behind`` compares with the best F1 of all."""
        behind, error = self._behind(int(np.argmax(self._scores)))
        own_error = np.sqrt((self.influence**2).sum(axis=1))
        return [
            {
                **asdict(candidate),
                "macro_f1": float(self.macro_f1[i]),
                "micro_f1": float(self.micro_f1[i]),
                "log_loss": float(self.log_loss[i].mean()),
                "standard_error": float(own_error[i]),
                "behind": float(behind[i]),
                "behind_error": float(error[i]),
            }
            for i, candidate in enumerate(self.candidates)
        ]

    @property
    def _scores(self) -> Floats:
        return self.macro_f1 if self.objective == "macro_f1" else self.micro_f1

    def _behind(self, best: int) -> tuple[Floats, Floats]:
        """Distance of each candidate to ``best``, and its standard error paired over the texts."""
        error = np.sqrt(((self.influence[best] - self.influence) ** 2).sum(axis=1))
        return self._scores[best] - self._scores, error


def cross_validate(
    truth: Bools,
    candidates: Sequence[Candidate],
    decide: Decide,
    options: PolicyOptions,
    strata: Bools | None = None,
) -> Comparison:
    """Compare candidates on truth of shape (n, n_labels).

    Folds are stratified by ``strata``, shape (n, any number of labels); by ``truth`` without it.
    """
    n, repeats = len(truth), options.repeats
    f1 = np.zeros((2, len(candidates)))
    influence, log_loss = np.zeros((2, len(candidates), n))
    for repeat in range(repeats):
        decisions = np.zeros((len(candidates), *truth.shape), dtype=np.bool_)
        fold = draw_folds(truth if strata is None else strata, options.folds, options.seed + repeat)
        for held_fold in range(options.folds):
            held = np.flatnonzero(fold == held_fold)
            fitted = np.flatnonzero(fold != held_fold)
            for i, (decided, loss) in enumerate(decide(fitted, held)):
                decisions[i, held] = decided
                log_loss[i, held] += loss / repeats
        for i, decided in enumerate(decisions):
            macro, micro, moved = f1_with_influence(decided, truth, options.objective)
            f1[:, i] += macro / repeats, micro / repeats
            influence[i] += moved / repeats
    return Comparison(candidates, f1[0], f1[1], options.objective, influence, log_loss)


def sample_rows(truth: Bools, seed: int) -> Rows:
    """Rows to compare candidates on: all, or a seeded sample of about :data:`MOST_TEXTS`."""
    parts = -(-len(truth) // MOST_TEXTS)
    return np.flatnonzero(draw_folds(truth, parts, seed) == 0)


def draw_folds(truth: Bools, folds: int, seed: int) -> Rows:
    """Fold of each text, shape (n,), for truth of shape (n, n_labels).

    Texts are grouped by their rarest label, shuffled within the group and assigned to
    the folds in turn, so that 13 positives fall as 3, 3, 3, 2, 2 into five folds, unless a rarer
    label has drawn them.
    """
    n, n_labels = truth.shape
    by_rarity = np.argsort(truth.sum(axis=0), kind="stable")
    ranked = truth[:, by_rarity]
    group = np.where(ranked.any(axis=1), ranked.argmax(axis=1), n_labels)
    shuffled = np.random.default_rng(seed).permutation(n)
    ordered = shuffled[np.argsort(group[shuffled], kind="stable")]
    fold = np.empty(n, dtype=np.intp)
    fold[ordered] = np.arange(n) % folds
    return fold


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

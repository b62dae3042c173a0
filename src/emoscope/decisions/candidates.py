"""The candidates of a multi-label policy, and what each makes of texts it was not fitted on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from emoscope.arrays import Bools, Floats, Rows
from emoscope.decisions.activation import activate
from emoscope.decisions.calibration import Calibration, fit_calibration, log_loss
from emoscope.decisions.cross_validation import Candidate, Outcome, cross_validate
from emoscope.decisions.fallback import allowed_fallbacks, apply_fallback, check_fallback
from emoscope.decisions.options import CALIBRATION_KINDS, THRESHOLD_METHODS, PolicyOptions
from emoscope.decisions.plug_in import fit_plug_in
from emoscope.decisions.policy import Method, Policy
from emoscope.decisions.shrunk import fit_shrunk, mean_passing
from emoscope.decisions.thresholds import Ranking, fit_global, fit_raw, rank

View = Callable[[Rows, Rows], tuple[Floats, Floats, Bools]]
"""(rows to fit on, rows to decide) -> scores of both, and what the union rule decides."""

UNION_THRESHOLD = 0.5
"""Kept in a union policy, which does not look at it."""


def list_candidates(options: PolicyOptions, labels: Sequence[str]) -> list[Candidate]:
    """Every combination that ``options`` leaves open, simplest first."""
    methods = THRESHOLD_METHODS if options.thresholds == "auto" else (options.thresholds,)
    kinds = CALIBRATION_KINDS if options.calibration == "auto" else (options.calibration,)
    if options.fallback == "auto":
        fallbacks = allowed_fallbacks(labels)
    else:
        fallbacks = (check_fallback(options.fallback, labels),)
    return [Candidate(k, m, f) for m, k, f in product(methods, kinds, fallbacks)]


def choose(
    candidates: Sequence[Candidate],
    view: View,
    truth: Bools,
    labels: Sequence[str],
    options: PolicyOptions,
    strata: Bools | None = None,
) -> tuple[Candidate, dict[str, Any]]:
    """The candidate that cross-validation prefers, and the table it was chosen from."""
    if len(candidates) == 1:
        return candidates[0], {}
    if len(truth) < 2 * options.folds:
        few = f"{len(truth)} texts are too few to compare {len(candidates)} policies"
        return candidates[0], {"note": f"{few}; the simplest was taken."}

    def decide(fitted: Rows, held: Rows) -> Iterator[Outcome]:
        scores, held_scores, union = view(fitted, held)
        base = rank(scores, truth[fitted])
        passing = None
        calibrated: dict[str, tuple[Ranking, Floats, Floats]] = {}
        passed: dict[tuple[str, str], Bools] = {}
        for candidate in candidates:
            kind, method = candidate.calibration, candidate.thresholds
            if kind not in calibrated:
                fit = fit_calibration(kind, scores, truth[fitted], "multi_label")
                calibrated[kind] = (
                    base.recalibrated(rounded_probabilities(fit, scores)),
                    rounded_probabilities(fit, held_scores),
                    log_loss(fit.apply(held_scores), truth[held].astype(np.float64)).sum(axis=1),
                )
            ranking, held_p, loss = calibrated[kind]
            if method == "union":
                yield union, loss
                continue
            if method == "shrunk" and passing is None:
                passing = mean_passing(base, options.seed)
            if (kind, method) not in passed:
                passed[kind, method] = held_p >= fit_thresholds(method, ranking, options, passing)
            yield apply_fallback(passed[kind, method], held_p, candidate.fallback, labels), loss

    compared = cross_validate(truth, candidates, decide, options, strata)
    return compared.choose(), {"candidates": compared.rows()}


def fit_candidate(
    candidate: Candidate,
    scores: Floats,
    truth: Bools,
    labels: tuple[str, ...],
    options: PolicyOptions,
    fitted_on: dict[str, Any],
) -> Policy:
    """The policy that ``candidate`` gives on all texts; ``scores`` and ``truth`` (n, n_labels)."""
    calibration = fit_calibration(candidate.calibration, scores, truth, "multi_label")
    if candidate.thresholds == "union":
        thresholds = np.full(len(labels), UNION_THRESHOLD)
    else:
        ranking = rank(rounded_probabilities(calibration, scores), truth)
        thresholds = fit_thresholds(candidate.thresholds, ranking, options)
    return Policy(
        task="multi_label",
        labels=labels,
        calibration=calibration,
        thresholds=thresholds,
        fallback=candidate.fallback,
        method=candidate.thresholds,
        fitted_on=fitted_on,
    )


def fit_thresholds(
    method: Method,
    ranking: Ranking,
    options: PolicyOptions,
    passing: Floats | None = None,
) -> Floats:
    """Thresholds, shape (n_labels,); ``passing`` spares method ``shrunk`` its resampling."""
    n_labels = len(ranking.hits)
    if method == "fixed":
        return np.full(n_labels, options.fixed)
    if method == "global":
        return np.full(n_labels, fit_global(ranking, options.objective))
    if method == "raw":
        return fit_raw(ranking, options.objective)
    if method == "plug_in":
        return fit_plug_in(ranking, options.objective)
    if method == "shrunk":
        drawn = mean_passing(ranking, options.seed) if passing is None else passing
        return fit_shrunk(ranking, drawn)
    raise ValueError(f"method {method!r} has no thresholds to fit")


def rounded_probabilities(calibration: Calibration, scores: Floats) -> Floats:
    """Probabilities as prediction will see them: rounded to float32, here as float64."""
    active = activate(calibration.apply(scores), "multi_label")
    return active.astype(np.float32).astype(np.float64)

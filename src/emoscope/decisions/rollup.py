"""Policies for roll-ups, standing on the probabilities of the policy for fine labels.

Two ways compete by cross-validation inside the split. *Union*: a label holds when one of its fine
labels passed. *Threshold*: rolled-up probabilities are calibrated once more, since fine labels are
not independent given the text as the roll-up assumes, and get thresholds of their own. In each fold
the fine policy is refitted too, so that neither way sees the texts that it is judged on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Bools, Floats, Rows
from emoscope.decisions.activation import inverse
from emoscope.decisions.calibration import fit_calibration
from emoscope.decisions.candidates import (
    choose,
    fit_candidate,
    fit_thresholds,
    list_candidates,
    rounded_probabilities,
)
from emoscope.decisions.cross_validation import Candidate, Outcome, cross_validate, sample_rows
from emoscope.decisions.labelled_scores import LabelledScores
from emoscope.decisions.options import PolicyOptions
from emoscope.decisions.policy import Policy, plain_policy
from emoscope.decisions.thresholds import rank
from emoscope.errors import DecisionError
from emoscope.taxonomy import Rollup


def fit_rollup_policies(
    policy: Policy,
    rollups: Iterable[Rollup],
    scored: LabelledScores,
    options: PolicyOptions | None = None,
) -> Policy:
    """Return ``policy`` with a fitted policy for each of ``rollups``.

    ``scored`` are the fine labels that ``policy`` was fitted on; the truth of a rolled-up label
    is the union of its fine ones. ``options`` apply to the policies of the roll-ups. Raises
    :class:`FitOnTest` for texts of a test split, and :class:`DecisionError` for other labels than
    the policy's.
    """
    scored.check_fit("roll-up policies")
    if scored.labels != policy.labels:
        raise DecisionError("The scores are of other labels than the policy. Fit both on the same.")
    options = options or PolicyOptions()
    matrix, held = scored.scores, scored.truth
    about = {"split": scored.split, "n_texts": len(scored), "options": asdict(options)}
    fine = _FineFolds(policy, matrix, held, options)
    fit = _fit_multi if policy.task == "multi_label" else _fit_single
    fitted = {rollup.name: fit(rollup, fine, matrix, held, options, about) for rollup in rollups}
    return replace(policy, rollups={**policy.rollups, **fitted})


class _FineFolds:
    """The fine policy refitted on the texts of each fold, kept for all roll-ups."""

    def __init__(
        self, policy: Policy, scores: Floats, truth: Bools, options: PolicyOptions
    ) -> None:
        self.policy = policy
        self.rows = sample_rows(truth, options.seed)
        self.scores, self.truth = scores[self.rows], truth[self.rows]
        self._options = options
        self._known: dict[bytes, tuple[Policy, Floats, Floats, Bools]] = {}

    def __call__(self, fitted: Rows, held: Rows) -> tuple[Policy, Floats, Floats, Bools]:
        """The refitted policy, its probabilities for both sets of rows, decisions on ``held``."""
        key = held.tobytes()
        if key not in self._known:
            policy = self._refit(self.scores[fitted], self.truth[fitted])
            probabilities = policy.probabilities(self.scores).astype(np.float64)
            decided = policy.decide(probabilities[held])
            self._known[key] = policy, probabilities[fitted], probabilities[held], decided
        return self._known[key]

    def _refit(self, scores: Floats, truth: Bools) -> Policy:
        policy = self.policy
        calibration = fit_calibration(policy.calibration.kind, scores, truth, policy.task)
        thresholds = policy.thresholds
        if policy.method not in ("fixed", "argmax"):
            ranking = rank(rounded_probabilities(calibration, scores), truth)
            thresholds = fit_thresholds(policy.method, ranking, self._options)
        return replace(policy, calibration=calibration, thresholds=thresholds, rollups={})


def _fit_multi(
    rollup: Rollup,
    fine: _FineFolds,
    scores: Floats,
    truth: Bools,
    options: PolicyOptions,
    about: dict[str, Any],
) -> Policy:
    def view(fitted: Rows, held: Rows) -> tuple[Floats, Floats, Bools]:
        _, fitted_p, held_p, decided = fine(fitted, held)
        return (
            _rolled_scores(rollup, fitted_p),
            _rolled_scores(rollup, held_p),
            rollup.roll_labels(decided),
        )

    own = list_candidates(options, rollup.labels)
    kinds = dict.fromkeys(candidate.calibration for candidate in own)
    union = [Candidate(kind, "union", "none") for kind in kinds]
    chosen, about_choice = choose(
        [*union, *own],
        view,
        rollup.roll_labels(fine.truth),
        rollup.labels,
        options,
        strata=fine.truth,
    )
    return fit_candidate(
        chosen,
        _rolled_scores(rollup, fine.policy.probabilities(scores)),
        rollup.roll_labels(truth),
        rollup.labels,
        options,
        {**about, **about_choice},
    )


def _rolled_scores(rollup: Rollup, probabilities: npt.ArrayLike) -> Floats:
    return inverse(rollup.roll_probabilities(probabilities, "multi_label"), "multi_label")


def _fit_single(
    rollup: Rollup,
    fine: _FineFolds,
    scores: Floats,
    truth: Bools,
    options: PolicyOptions,
    about: dict[str, Any],
) -> Policy:
    """The label that the most probable fine one belongs to, or the one with the largest sum."""
    rolled_truth = rollup.roll_labels(fine.truth)
    ways = [Candidate("none", "union", "none"), Candidate("none", "argmax", "none")]

    def decide(fitted: Rows, held: Rows) -> Iterator[Outcome]:
        _, _, probabilities, decided = fine(fitted, held)
        rolled_p = rollup.roll_probabilities(probabilities, "single_label").astype(np.float64)
        loss = -np.log(np.maximum(rolled_p[rolled_truth[held]], np.finfo(np.float32).tiny))
        yield rollup.roll_labels(decided), loss
        yield plain_policy(rollup.labels, "single_label").decide(rolled_p), loss

    chosen, about_choice = ways[0], {}
    abstains = bool((fine.policy.thresholds > 0).any()) or fine.policy.top_k is not None
    if not abstains and len(fine.truth) >= 2 * options.folds:
        compared = cross_validate(rolled_truth, ways, decide, options, strata=fine.truth)
        chosen, about_choice = compared.choose(), {"candidates": compared.rows()}
    return replace(
        plain_policy(rollup.labels, "single_label"),
        method=chosen.thresholds,
        fitted_on={**about, **about_choice},
    )

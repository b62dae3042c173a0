"""Fitting a policy: first calibration, then thresholds on the calibrated probabilities."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from emoscope.arrays import Bools, Floats, Rows
from emoscope.decisions.calibration import fit_calibration
from emoscope.decisions.candidates import (
    choose,
    fit_candidate,
    list_candidates,
)
from emoscope.decisions.cross_validation import sample_rows
from emoscope.decisions.labelled_scores import LabelledScores
from emoscope.decisions.options import PolicyOptions
from emoscope.decisions.policy import Policy
from emoscope.errors import DecisionError


def fit_policy(scored: LabelledScores, options: PolicyOptions | None = None) -> Policy:
    """Fit a policy on the texts of one split.

    ``auto`` options are settled by cross-validation within the split; the table of candidates is
    kept in ``fitted_on["candidates"]``. Raises :class:`FitOnTest` for texts of a test split and
    :class:`DecisionError` without any text.
    """
    scored.check_fit("a policy")
    options = options or PolicyOptions()
    about = {"split": scored.split, "n_texts": len(scored), "options": asdict(options)}
    fit = _fit_single if scored.task == "single_label" else _fit_multi
    return fit(scored.scores, scored.truth, scored.labels, options, about)


def _fit_multi(
    scores: Floats,
    truth: Bools,
    labels: tuple[str, ...],
    options: PolicyOptions,
    about: dict[str, Any],
) -> Policy:
    rows = sample_rows(truth, options.seed)
    some_scores, some_truth = scores[rows], truth[rows]

    def view(fitted: Rows, held: Rows) -> tuple[Floats, Floats, Bools]:
        return some_scores[fitted], some_scores[held], some_truth[held]

    candidates = list_candidates(options, labels)
    chosen, about_choice = choose(candidates, view, some_truth, labels, options)
    return fit_candidate(chosen, scores, truth, labels, options, {**about, **about_choice})


def _fit_single(
    scores: Floats,
    truth: Bools,
    labels: tuple[str, ...],
    options: PolicyOptions,
    about: dict[str, Any],
) -> Policy:
    """Temperature and argmax; a fixed threshold makes the policy abstain below it."""
    if options.calibration == "platt" or options.thresholds not in ("auto", "fixed"):
        raise DecisionError(
            "A single-label policy takes calibration none or temperature, and thresholds auto "
            "(the most probable label) or fixed (abstain below it). Change the policy options."
        )
    if not (truth.sum(axis=1) == 1).all():
        row = int(np.flatnonzero(truth.sum(axis=1) != 1)[0])
        raise DecisionError(
            f"Row {row} has {int(truth[row].sum())} labels in a single-label task. "
            "Give each text one label, or use task multi_label."
        )
    kind = "temperature" if options.calibration == "auto" else options.calibration
    abstains = options.thresholds == "fixed"
    return Policy(
        task="single_label",
        labels=labels,
        calibration=fit_calibration(kind, scores, truth, "single_label"),
        thresholds=np.full(len(labels), options.fixed if abstains else 0.0),
        fallback="none" if options.fallback == "auto" else options.fallback,
        method="fixed" if abstains else "argmax",
        fitted_on=about,
    )

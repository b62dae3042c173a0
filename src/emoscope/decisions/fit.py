"""Fitting a policy: first calibration, then thresholds on the calibrated probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import numpy.typing as npt

from emoscope.decisions.activation import Matrix, activate
from emoscope.decisions.calibration import Calibration, fit_calibration
from emoscope.decisions.checks import check_matrix, check_truth, refuse_test
from emoscope.decisions.options import PolicyOptions, ThresholdMethod
from emoscope.decisions.plug_in import fit_plug_in
from emoscope.decisions.policy import Policy
from emoscope.decisions.shrunk import fit_shrunk
from emoscope.decisions.thresholds import Vector, fit_global, fit_raw, rank
from emoscope.errors import DecisionError
from emoscope.taxonomy import Task

Truth = npt.NDArray[np.bool_]


def fit_policy(
    scores: npt.ArrayLike,
    truth: npt.ArrayLike,
    *,
    labels: Sequence[str],
    task: Task,
    split: str,
    options: PolicyOptions | None = None,
) -> Policy:
    """Fit a policy on scores and truth of shape (n, n_labels) of one split.

    ``auto`` options are settled by cross-validation within the split; the table of candidates is
    kept in ``fitted_on["candidates"]``. Raises :class:`FitOnTest` for a split named test and
    :class:`DecisionError` for arrays that do not fit, are not finite or hold no text.
    """
    refuse_test(split, "a policy")
    options = options or PolicyOptions()
    names = tuple(labels)
    matrix = check_matrix(scores, names)
    held = check_truth(truth, len(matrix), names)
    if not len(matrix):
        raise DecisionError(f"The split {split!r} has no text to fit a policy on.")
    if task == "single_label":
        return _fit_single(matrix, held, names, split, options)
    calibration = fit_calibration(
        "platt" if options.calibration == "auto" else options.calibration, matrix, held, task
    )
    method: ThresholdMethod = "plug_in" if options.thresholds == "auto" else options.thresholds
    return Policy(
        task=task,
        labels=names,
        calibration=calibration,
        thresholds=fit_thresholds(
            method, rounded_probabilities(calibration, matrix, task), held, options
        ),
        when_empty="none" if options.when_empty == "auto" else options.when_empty,
        method=method,
        fitted_on={"split": split, "n_texts": len(matrix), "options": asdict(options)},
    )


def fit_thresholds(
    method: ThresholdMethod, probabilities: Matrix, truth: Truth, options: PolicyOptions
) -> Vector:
    """Thresholds, shape (n_labels,), fitted with ``method`` on arrays of shape (n, n_labels)."""
    n_labels = probabilities.shape[1]
    if method == "fixed":
        return np.full(n_labels, options.fixed)
    ranking = rank(probabilities, truth)
    if method == "global":
        return np.full(n_labels, fit_global(ranking, options.objective))
    if method == "raw":
        return fit_raw(ranking, options.objective)
    if method == "shrunk":
        return fit_shrunk(ranking, options.objective, options.seed)
    return fit_plug_in(ranking, options.objective)


def rounded_probabilities(calibration: Calibration, scores: Matrix, task: Task) -> Matrix:
    """Probabilities as prediction will see them: rounded to float32, here as float64."""
    return activate(calibration.apply(scores), task).astype(np.float32).astype(np.float64)


def _fit_single(
    scores: Matrix, truth: Truth, labels: tuple[str, ...], split: str, options: PolicyOptions
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
        when_empty="none" if options.when_empty == "auto" else options.when_empty,
        method="fixed" if abstains else "argmax",
        fitted_on={"split": split, "n_texts": len(scores), "options": asdict(options)},
    )

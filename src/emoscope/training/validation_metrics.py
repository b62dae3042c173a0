"""How good a model is on validation while it trains: never judged at a fixed 0.5.

A multi-label model for 28 labels gives most of them probabilities far below one half. Judged at
0.5 it can show an F1 of 0.0000 while it ranks texts well, and the best checkpoint is then chosen
by noise. So thresholds are fitted on one half of the validation rows and judged on the other
half, both ways round (cross-fitting), which keeps the number honest: no row is judged by a
threshold it chose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from emoscope.decisions import LabelledScores, PolicyOptions, fit_policy
from emoscope.metrics.counts import count, macro

REPEATS = 2
"""Random halvings that are averaged; rare labels have ten validation rows, one halving is noise."""

Matrix = npt.NDArray[np.bool_]


def validation_metrics(
    scored: LabelledScores, options: PolicyOptions | None = None
) -> dict[str, float]:
    """Macro-F1, micro-F1 and accuracy of raw scores against the truth.

    Labels are decided by policies fitted with ``options``. Multi-label accuracy is subset accuracy:
    all labels of a text right. Macro-F1 is the mean over the labels that occur in ``truth``.
    """
    rounds = [_metrics(p, scored.truth) for p in cross_fitted(scored, options)]
    return {name: float(np.mean([r[name] for r in rounds])) for name in rounds[0]}


def cross_fitted(
    scored: LabelledScores, options: PolicyOptions | None = None, repeats: int = REPEATS
) -> Iterator[Matrix]:
    """For each halving, labels (n, n_labels) of every row by a policy of the other half.

    In a single-label task the largest score decides, once: there is no threshold to fit.
    """
    if scored.task == "single_label":
        predicted = np.zeros_like(scored.truth)
        predicted[np.arange(len(scored)), scored.scores.argmax(axis=1)] = True
        yield predicted
        return
    quick = without_cross_validation(options or PolicyOptions())
    random = np.random.default_rng(0)  # the same halves at every evaluation, so that epochs compare
    for _ in range(repeats):
        order = random.permutation(len(scored))
        halves = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
        predicted = np.zeros_like(scored.truth)
        for fit, judge in (halves, halves[::-1]):
            policy = fit_policy(scored.select(fit), quick)
            predicted[judge] = policy.decide_scores(scored.scores[judge])
        yield predicted


def without_cross_validation(options: PolicyOptions) -> PolicyOptions:
    """Replace ``auto`` by what usually wins its cross-validation, which costs seconds a fit."""
    return replace(
        options,
        calibration="platt" if options.calibration == "auto" else options.calibration,
        thresholds="plug_in" if options.thresholds == "auto" else options.thresholds,
        fallback="none" if options.fallback == "auto" else options.fallback,
    )


def _metrics(predicted: Matrix, truth: Matrix) -> dict[str, float]:
    counts = count(truth, predicted)
    return {
        "macro_f1": float(macro(counts.f1, counts.support)),
        "micro_f1": float(counts.pooled().f1[0]),
        "accuracy": float((predicted == truth).all(axis=1).mean()),
    }

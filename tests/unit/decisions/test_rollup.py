from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pytest

from emoscope.decisions import (
    LabelledScores,
    Policy,
    PolicyOptions,
    fit_policy,
    fit_rollup_policies,
    plain_policy,
    read_policy,
)
from emoscope.decisions.activation import sigmoid
from emoscope.errors import FitOnTest
from emoscope.taxonomy import Rollup

LABELS = ("anger", "fear", "joy", "neutral")
TONE = Rollup("tone", ("negative", "positive", "neutral"), (0, 0, 1, 2))
OPTIONS = PolicyOptions(folds=3, repeats=1)


def rolled(
    policy: Policy, rollup: Rollup, probabilities: npt.ArrayLike
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Coarse probabilities and decisions of the policy's own probabilities."""
    return policy.answer_rollup(rollup, probabilities, policy.decide(probabilities))


def draw(n: int = 500, seed: int = 0) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    scores = rng.normal(-1.0, 2.0, size=(n, 4))
    return scores, rng.random(scores.shape) < sigmoid(scores)


def fit(options: PolicyOptions = OPTIONS) -> Policy:
    scores, truth = draw()
    fine = fit_policy(LabelledScores(scores, truth, LABELS, "multi_label", "validation"), OPTIONS)
    return fit_rollup_policies(
        fine, [TONE], LabelledScores(scores, truth, fine.labels, fine.task, "validation"), options
    )


def f1(decided: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
    size = decided.sum(axis=0) + truth.sum(axis=0)
    return float((2 * (decided & truth).sum(axis=0) / size).mean())


def test_a_coarse_policy_is_fitted_and_kept() -> None:
    policy = fit()
    coarse = policy.rollups["tone"]
    assert coarse.labels == TONE.labels
    ways = [row["thresholds"] for row in coarse.fitted_on["candidates"]]
    assert ways.count("union") == 3  # one a calibration
    assert len(ways) == 3 + 45
    again = read_policy(json.loads(json.dumps(policy.to_json())))
    scores = draw(seed=1)[0]
    probabilities = policy.probabilities(scores)
    np.testing.assert_array_equal(
        rolled(again, TONE, probabilities)[1], rolled(policy, TONE, probabilities)[1]
    )


def test_the_choice_is_no_worse_than_the_union_on_new_texts() -> None:
    policy = fit()
    scores, truth = draw(20_000, seed=7)
    probabilities = policy.probabilities(scores)
    truth = TONE.roll_labels(truth)
    chosen = f1(rolled(policy, TONE, probabilities)[1], truth)
    union = f1(TONE.roll_labels(policy.decide(probabilities)), truth)
    assert chosen > union - 0.01


def test_coarse_probabilities_are_calibrated() -> None:
    rng = np.random.default_rng(5)
    # anger and fear always come together, so 1 - (1 - p)(1 - q) promises too much
    shared = rng.normal(-1.0, 2.0, size=(4000, 1))
    scores = np.hstack([shared, shared, rng.normal(-1.0, 2.0, size=(4000, 2))])
    truth = rng.random(scores.shape) < sigmoid(scores)
    truth[:, 1] = truth[:, 0]
    fine = fit_policy(LabelledScores(scores, truth, LABELS, "multi_label", "validation"), OPTIONS)
    policy = fit_rollup_policies(
        fine, [TONE], LabelledScores(scores, truth, fine.labels, fine.task, "validation"), OPTIONS
    )
    probabilities = policy.probabilities(scores)
    rate = TONE.roll_labels(truth)[:, 0].mean()
    before = TONE.roll_probabilities(probabilities, "multi_label")[:, 0].mean()
    after = rolled(policy, TONE, probabilities)[0][:, 0].mean()
    assert before - rate > 0.05
    assert abs(after - rate) < 0.01


def test_union_policy_follows_the_fine_decisions() -> None:
    scores, truth = draw(4)  # too few to compare: the simplest, which is the union
    fine = plain_policy(LABELS, "multi_label")
    policy = fit_rollup_policies(
        fine, [TONE], LabelledScores(scores, truth, fine.labels, fine.task, "validation")
    )
    assert policy.rollups["tone"].method == "union"
    decided = rolled(policy, TONE, [[0.6, 0.1, 0.2, 0.2], [0.4, 0.4, 0.1, 0.1]])[1]
    # 1 - 0.6 * 0.6 = 0.64 would pass one half in the second row, but no fine label does
    assert decided.astype(int).tolist() == [[1, 0, 0], [0, 0, 0]]
    loose = policy.with_threshold(0.6)
    assert rolled(loose, TONE, [[0.4, 0.4, 0.1, 0.1]])[1].tolist() == [[True, False, False]]


def test_fitting_on_test_is_refused() -> None:
    scores, truth = draw(10)
    with pytest.raises(FitOnTest):
        fit_rollup_policies(
            plain_policy(LABELS, "multi_label"),
            [TONE],
            LabelledScores(scores, truth, LABELS, "multi_label", "TEST"),
        )


def test_single_label_sums_beat_the_top_label_where_they_should() -> None:
    rng = np.random.default_rng(0)
    # negative splits its odds between anger and fear: their sum is right, the top label is not
    truth_rows = rng.choice(4, size=600, p=[0.3, 0.3, 0.4, 0.0])
    truth = np.eye(4, dtype=np.bool_)[truth_rows]
    scores = np.log([0.3, 0.3, 0.4, 0.001]) + rng.normal(0.0, 0.05, size=(600, 4))
    fine = fit_policy(LabelledScores(scores, truth, LABELS, "single_label", "validation"))
    policy = fit_rollup_policies(
        fine,
        [Rollup("tone", ("negative", "other"), (0, 0, 1, 1))],
        LabelledScores(scores, truth, fine.labels, fine.task, "validation"),
        PolicyOptions(folds=3, repeats=1, objective="micro_f1"),
    )
    assert policy.rollups["tone"].method == "argmax"
    rollup = Rollup("tone", ("negative", "other"), (0, 0, 1, 1))
    decided = rolled(policy, rollup, [[0.3, 0.3, 0.4, 0.0]])[1]
    assert decided.tolist() == [[True, False]]
    np.testing.assert_allclose(
        rolled(policy, rollup, [[0.3, 0.3, 0.4, 0.0]])[0], [[0.6, 0.4]], rtol=1e-5
    )

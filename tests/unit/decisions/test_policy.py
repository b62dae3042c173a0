from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emoscope.decisions import Calibration, Policy, plain_policy, read_policy
from emoscope.errors import DecisionError
from emoscope.taxonomy import Rollup, Task

LABELS = ("anger", "joy", "neutral")


def make(task: Task = "multi_label", **changes: Any) -> Policy:
    parts: dict[str, Any] = {
        "task": task,
        "labels": LABELS,
        "calibration": Calibration("platt", np.array([1.0, 2.0, 1.0]), np.array([0.0, -1.0, 0.0])),
        "thresholds": np.array([0.5, 0.3, 0.9]),
        "fallback": "none",
        "method": "raw",
    }
    return Policy(**(parts | changes))


def rolled(
    policy: Policy, rollup: Rollup, probabilities: npt.ArrayLike
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Coarse probabilities and decisions of the policy's own probabilities."""
    return policy.answer_rollup(rollup, probabilities, policy.decide(probabilities))


def test_probabilities_follow_slope_and_offset() -> None:
    found = make().probabilities([[0.0, 0.5, np.log(3.0)]])
    assert found.dtype == np.float32
    # sigmoid(0) = 1/2, sigmoid(2 * 0.5 - 1) = 1/2, sigmoid(log 3) = 3/4
    np.testing.assert_allclose(found, [[0.5, 0.5, 0.75]], rtol=1e-6)


def test_a_folded_policy_gives_calibrated_scores_the_same_probabilities() -> None:
    policy = make(fitted_on={"split": "validation"})
    scores = np.array([[0.3, -1.2, 2.0], [0.0, 0.5, -0.7]])
    folded = policy.folded()
    calibrated = policy.calibration.apply(scores)
    np.testing.assert_array_equal(folded.probabilities(calibrated), policy.probabilities(scores))
    assert folded.calibration.kind == "none"
    assert folded.fitted_on["split"] == "validation"
    assert folded.fitted_on["folded"] == policy.calibration.to_json()
    assert read_policy(folded.to_json()).fitted_on == folded.fitted_on


def test_single_label_probabilities_are_a_softmax() -> None:
    policy = plain_policy(LABELS, "single_label")
    found = policy.probabilities([[0.0, np.log(2.0), 0.0]])
    np.testing.assert_allclose(found, [[0.25, 0.5, 0.25]], rtol=1e-6)
    assert policy.decide(found).tolist() == [[False, True, False]]


def test_a_label_holds_at_its_threshold() -> None:
    assert make().decide([[0.5, 0.29, 0.95]]).tolist() == [[True, False, True]]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("none", [0, 0, 0]), ("top", [1, 0, 0]), ("neutral", [0, 0, 1])],
)
def test_fallback_fills_only_empty_rows(rule: Any, expected: list[int]) -> None:
    decided = make(fallback=rule).decide([[0.4, 0.1, 0.2], [0.1, 0.8, 0.1]])
    assert decided.astype(int).tolist() == [expected, [0, 1, 0]]


def test_single_label_abstains_below_its_threshold() -> None:
    policy = make("single_label", thresholds=np.full(3, 0.6))
    decided = policy.decide([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1]])
    assert decided.astype(int).tolist() == [[1, 0, 0], [0, 0, 0]]


def test_with_threshold_and_top_k_replace_each_other() -> None:
    policy = make().with_top_k(2)
    assert policy.decide([[0.2, 0.1, 0.3]]).tolist() == [[True, False, True]]
    assert policy.with_threshold(0.25).decide([[0.2, 0.1, 0.3]]).tolist() == [[False, False, True]]


@pytest.mark.parametrize("top_k", [0, 4])
def test_impossible_top_k(top_k: int) -> None:
    with pytest.raises(DecisionError, match="from 1 to 3"):
        make().with_top_k(top_k)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan"), True])
def test_impossible_threshold(threshold: float) -> None:
    with pytest.raises(DecisionError, match="from 0 to 1"):
        make().with_threshold(threshold)


def test_extreme_scores_stay_probabilities() -> None:
    for task in ("multi_label", "single_label"):
        found = plain_policy(LABELS, task).probabilities([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]])
        assert np.isfinite(found).all()
        assert (found >= 0).all()
        assert (found <= 1).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_broken_scores_are_named(value: float) -> None:
    with pytest.raises(DecisionError, match="row 2, label 'joy'"):
        make().probabilities([[0, 0, 0], [0, value, 0]])


def test_raw_scores_are_not_mistaken_for_probabilities() -> None:
    with pytest.raises(DecisionError, match=r"Policy\.probabilities"):
        make().decide([[0.5, -3.0, 0.0]])


def test_rollup_without_its_own_policy_is_the_union() -> None:
    rollup = Rollup("tone", ("emotional", "calm"), (0, 0, 1))
    policy = plain_policy(LABELS, "multi_label")
    probabilities = [[0.5, 0.5, 0.2], [0.1, 0.1, 0.1]]
    np.testing.assert_allclose(rolled(policy, rollup, probabilities)[0][0], [0.75, 0.2])
    assert rolled(policy, rollup, probabilities)[1].astype(int).tolist() == [[1, 0], [0, 0]]


def test_rollup_with_its_own_policy_uses_coarse_thresholds() -> None:
    rollup = Rollup("tone", ("emotional", "calm"), (0, 0, 1))
    coarse = Policy(
        task="multi_label",
        labels=rollup.labels,
        calibration=Calibration("platt", np.array([2.0, 1.0]), np.zeros(2)),
        thresholds=np.array([0.85, 0.1]),
        fallback="none",
        method="raw",
    )
    policy = make(rollups={"tone": coarse})
    # 1 - 0.5 * 0.5 = 3/4 has log-odds log 3; doubled, log 9, that is 9/10
    found = rolled(policy, rollup, [[0.5, 0.5, 0.2]])[0]
    np.testing.assert_allclose(found, [[0.9, 0.2]], rtol=1e-5)
    assert rolled(policy, rollup, [[0.5, 0.5, 0.05]])[1].tolist() == [[True, False]]
    assert rolled(policy.with_threshold(0.95), rollup, [[0.5, 0.5, 0.05]])[1].sum() == 0
    assert rolled(policy.with_top_k(3), rollup, [[0.5, 0.5, 0.05]])[1].sum() == 2


def test_rollup_policy_of_other_labels_is_refused() -> None:
    rollup = Rollup("tone", ("emotional", "calm"), (0, 0, 1))
    policy = make(rollups={"tone": plain_policy(("good", "bad"), "multi_label")})
    with pytest.raises(DecisionError, match="for other labels"):
        rolled(policy, rollup, [[0.5, 0.5, 0.5]])[1]


def test_a_policy_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="read-only"):
        make().thresholds[0] = 0.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "both"}, "multi_label or single_label"),
        ({"thresholds": np.zeros(2)}, "as many finite thresholds"),
        ({"calibration": Calibration("platt", np.zeros(3), np.zeros(3))}, "turn the order"),
    ],
)
def test_parts_that_do_not_fit(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DecisionError, match=message):
        make(**changes)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float64, (7, 3), elements=st.floats(0, 1)),
    arrays(np.float64, 3, elements=st.floats(0, 1)),
    st.integers(1, 3),
)
def test_decisions_obey_their_rules(
    probabilities: npt.NDArray[np.float64], thresholds: npt.NDArray[np.float64], k: int
) -> None:
    policy = make(thresholds=thresholds)
    passed = policy.decide(probabilities)
    np.testing.assert_array_equal(passed, probabilities >= thresholds)
    empty = ~passed.any(axis=1)
    for rule in ("top", "neutral"):
        filled = make(thresholds=thresholds, fallback=rule).decide(probabilities)
        np.testing.assert_array_equal(filled[~empty], passed[~empty])
        assert (filled[empty].sum(axis=1) == 1).all()
    chosen = policy.with_top_k(k).decide(probabilities)
    assert (chosen.sum(axis=1) == k).all()
    least_chosen = np.where(chosen, probabilities, 2).min(axis=1)
    assert (least_chosen >= np.where(chosen, -1, probabilities).max(axis=1)).all()


def test_the_f1_of_held_out_texts_is_that_of_the_chosen_candidate() -> None:
    rows = [
        {"calibration": "platt", "thresholds": m, "fallback": rule, "macro_f1": f1}
        for m, rule, f1 in (("global", "none", 0.4), ("raw", "none", 0.5), ("raw", "top", 0.6))
    ]
    assert make(fitted_on={"candidates": rows}).held_out["macro_f1"] == 0.5
    assert make(fitted_on={"candidates": rows}, method="plug_in").held_out == {}
    assert make().held_out == {}, "nothing to choose between: no cross-validation"

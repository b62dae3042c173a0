from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from emoscope.decisions import Calibration, Policy, PolicyOptions, fit_policy, plain_policy
from emoscope.errors import DecisionError, FitOnTest, ModelFolderError
from emoscope.taxonomy import Rollup, Task

LABELS = ("anger", "joy", "neutral")


def make(task: Task = "multi_label", **changes: Any) -> Policy:
    parts: dict[str, Any] = {
        "task": task,
        "labels": LABELS,
        "calibration": Calibration("platt", np.array([1.0, 2.0, 1.0]), np.array([0.0, -1.0, 0.0])),
        "thresholds": np.array([0.5, 0.3, 0.9]),
        "when_empty": "none",
        "method": "raw",
    }
    return Policy(**(parts | changes))


def test_probabilities_follow_slope_and_offset() -> None:
    found = make().probabilities([[0.0, 0.5, np.log(3.0)]])
    assert found.dtype == np.float32
    # sigmoid(0) = 1/2, sigmoid(2 * 0.5 - 1) = 1/2, sigmoid(log 3) = 3/4
    np.testing.assert_allclose(found, [[0.5, 0.5, 0.75]], rtol=1e-6)


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
def test_when_empty_fills_only_empty_rows(rule: Any, expected: list[int]) -> None:
    decided = make().with_when_empty(rule).decide([[0.4, 0.1, 0.2], [0.1, 0.8, 0.1]])
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
    with pytest.raises(DecisionError, match=r"row 1 for label 'joy'"):
        make().probabilities([[0, 0, 0], [0, value, 0]])


def test_raw_scores_are_not_mistaken_for_probabilities() -> None:
    with pytest.raises(DecisionError, match=r"Policy\.probabilities"):
        make().decide([[0.5, -3.0, 0.0]])


def test_json_keeps_every_bit() -> None:
    policy = make(thresholds=np.array([0.1, 1 / 3, 0.7]), rollups={"mood": make()})
    again = Policy.from_json(json.loads(json.dumps(policy.to_json())))
    assert again.to_json() == policy.to_json()
    assert again.thresholds.tobytes() == policy.thresholds.tobytes()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("thresholds", [0.5], "3 labels needs as many finite thresholds"),
        ("thresholds", ["a", "b", "c"], "list of numbers"),
        ("thresholds", [0.5, 0.5, 2.0], "from 0 to 1"),
        ("calibration", {"kind": "platt", "slope": [1.0]}, "lacks offset"),
        ("method", "magic", "one of"),
        ("top_k", 1.5, "whole number"),
        ("rollups", {"mood": {}}, r"policy\.rollups\.mood lacks"),
    ],
)
def test_broken_json_is_named(key: str, value: Any, message: str) -> None:
    with pytest.raises(ModelFolderError, match=message):
        Policy.from_json(make().to_json() | {key: value})


def test_unknown_json_key_names_the_nearest() -> None:
    with pytest.raises(ModelFolderError, match="Did you mean 'thresholds'"):
        Policy.from_json(make().to_json() | {"treshold": 1})


def test_neutral_rule_needs_a_neutral_label() -> None:
    with pytest.raises(DecisionError, match="named 'neutral'"):
        plain_policy(("a", "b"), "multi_label").with_when_empty("neutral")


def test_rollup_without_its_own_policy_is_the_union() -> None:
    rollup = Rollup("tone", ("emotional", "calm"), (0, 0, 1))
    policy = plain_policy(LABELS, "multi_label")
    probabilities = [[0.5, 0.5, 0.2], [0.1, 0.1, 0.1]]
    np.testing.assert_allclose(policy.rollup_probabilities(rollup, probabilities)[0], [0.75, 0.2])
    assert policy.decide_rollup(rollup, probabilities).astype(int).tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize("split", ["test", "Test ", "TEST", "testing", "my-test-split", "test_2"])
def test_fitting_on_test_is_refused(split: str) -> None:
    with pytest.raises(FitOnTest, match="Fit on the validation split"):
        fit_policy(np.zeros((2, 3)), np.eye(3)[:2], labels=LABELS, task="multi_label", split=split)


def test_options_name_the_nearest() -> None:
    with pytest.raises(DecisionError, match="Did you mean 'plug_in'"):
        PolicyOptions(thresholds="plugin")  # type: ignore[arg-type]

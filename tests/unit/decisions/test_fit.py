from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from emoscope.decisions import LabelledScores, Policy, PolicyOptions, fit_policy
from emoscope.decisions.activation import sigmoid, softmax
from emoscope.errors import DecisionError, FitOnTest

LABELS = ("anger", "joy", "rare", "neutral")


def draw(n: int = 600, seed: int = 0) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Scores whose honest log-odds are ``2 * score + 2``, one label rare."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n, 4)) - np.array([1.5, 1.5, 3.0, 1.5])
    return scores, rng.random(scores.shape) < sigmoid(2.0 * scores + 2.0)


def fit(n: int = 600, **changes: Any) -> Policy:
    scores, truth = draw(n)
    options = PolicyOptions(**({"folds": 3, "repeats": 1} | changes))
    return fit_policy(LabelledScores(scores, truth, LABELS, "multi_label", "validation"), options)


def macro(policy: Policy) -> float:
    scores, truth = draw(20_000, seed=99)
    decided = policy.decide_scores(scores)
    return float(
        (2 * (decided & truth).sum(axis=0) / (decided.sum(axis=0) + truth.sum(axis=0))).mean()
    )


def test_auto_finds_the_calibration_and_beats_one_half() -> None:
    policy = fit()
    assert policy.calibration.kind == "platt"
    np.testing.assert_allclose(policy.calibration.slope, 2.0, rtol=0.3)
    np.testing.assert_allclose(policy.calibration.offset, 2.0, atol=0.7)
    assert policy.method != "fixed"
    assert (
        macro(policy) > macro(fit(calibration="none", thresholds="fixed", fallback="none")) + 0.05
    )


def test_the_table_of_candidates_is_kept() -> None:
    policy = fit()
    rows = policy.fitted_on["candidates"]
    assert len(rows) == 5 * 3 * 3
    assert min(row["behind"] for row in rows) == 0.0
    assert {"calibration", "thresholds", "fallback", "macro_f1", "micro_f1"} < set(rows[0])
    chosen = (policy.calibration.kind, policy.method, policy.fallback)
    assert chosen in {(r["calibration"], r["thresholds"], r["fallback"]) for r in rows}
    json.dumps(policy.to_json(), allow_nan=False)
    assert policy.fitted_on["split"] == "validation"
    assert policy.fitted_on["n_texts"] == 600
    assert policy.fitted_on["options"]["folds"] == 3


def test_the_same_seed_gives_the_same_policy() -> None:
    assert fit(seed=5).to_json() == fit(seed=5).to_json()


@pytest.mark.parametrize("method", ["fixed", "global", "plug_in", "shrunk", "raw"])
@pytest.mark.parametrize("calibration", ["none", "temperature", "platt"])
def test_every_combination_can_be_asked_for(calibration: str, method: str) -> None:
    policy = fit(calibration=calibration, thresholds=method, fallback="neutral")
    assert (policy.calibration.kind, policy.method) == (calibration, method)
    assert policy.fallback == "neutral"
    assert "candidates" not in policy.fitted_on
    assert policy.decide_scores(draw()[0]).any(axis=1).all()


def test_only_the_open_options_are_compared() -> None:
    policy = fit(calibration="platt", fallback="none")
    assert [row["thresholds"] for row in policy.fitted_on["candidates"]] == [
        "fixed", "global", "plug_in", "shrunk", "raw",
    ]  # fmt: skip


def test_neutral_is_no_candidate_without_its_label() -> None:
    scores, truth = draw()
    policy = fit_policy(
        LabelledScores(scores[:, :3], truth[:, :3], LABELS[:3], "multi_label", "validation"),
        PolicyOptions(folds=2, repeats=1),
    )
    assert {row["fallback"] for row in policy.fitted_on["candidates"]} == {"none", "top"}


def test_micro_f1_as_objective() -> None:
    assert "candidates" in fit(objective="micro_f1").fitted_on


def test_few_texts_take_the_simplest_and_say_so() -> None:
    policy = fit(n=4)
    assert (policy.calibration.kind, policy.method, policy.fallback) == ("none", "fixed", "none")
    assert "too few" in policy.fitted_on["note"]


def test_a_label_without_positives_is_survived() -> None:
    scores, truth = draw()
    truth[:, 2] = False
    policy = fit_policy(LabelledScores(scores, truth, LABELS, "multi_label", "validation"))
    assert policy.decide_scores(scores)[:, 2].mean() < 0.2


def test_no_positive_anywhere_is_survived() -> None:
    scores, truth = draw(60)
    policy = fit_policy(LabelledScores(scores, truth & False, LABELS, "multi_label", "validation"))
    assert np.isfinite(policy.probabilities(scores)).all()


@pytest.mark.parametrize("split", ["test", "Test ", "testing"])
def test_fitting_on_test_is_refused(split: str) -> None:
    scores, truth = draw(10)
    with pytest.raises(FitOnTest, match="validation split instead"):
        fit_policy(LabelledScores(scores, truth, LABELS, "multi_label", split))


def test_no_text_at_all() -> None:
    with pytest.raises(DecisionError, match="no text"):
        fit_policy(LabelledScores(np.zeros((0, 4)), np.zeros((0, 4)), LABELS, "multi_label", "dev"))


class TestSingleLabel:
    @staticmethod
    def fit(**changes: Any) -> Policy:
        rng = np.random.default_rng(3)
        scores = rng.normal(size=(4000, 4))
        odds = softmax(3.0 * scores)  # the honest slope is 3
        truth = np.eye(4, dtype=np.bool_)[[rng.choice(4, p=p) for p in odds]]
        return fit_policy(
            LabelledScores(scores, truth, LABELS, "single_label", "validation"),
            PolicyOptions(**changes),
        )

    def test_temperature_and_argmax(self) -> None:
        policy = self.fit()
        assert (policy.calibration.kind, policy.method) == ("temperature", "argmax")
        np.testing.assert_allclose(policy.calibration.slope, 3.0, rtol=0.1)
        scores = np.random.default_rng(4).normal(size=(50, 4))
        np.testing.assert_array_equal(
            policy.decide_scores(scores).argmax(axis=1), scores.argmax(axis=1)
        )
        assert (policy.decide_scores(scores).sum(axis=1) == 1).all()

    def test_abstaining_below_a_threshold(self) -> None:
        policy = self.fit(thresholds="fixed", fixed=0.9, fallback="neutral")
        assert policy.decide_scores(np.zeros((1, 4))).tolist() == [[False, False, False, True]]
        assert policy.decide_scores([[9.0, 0, 0, 0]]).tolist() == [[True, False, False, False]]

    @pytest.mark.parametrize("changes", [{"calibration": "platt"}, {"thresholds": "raw"}])
    def test_what_makes_no_sense_is_refused(self, changes: dict[str, str]) -> None:
        with pytest.raises(DecisionError, match="single-label policy takes"):
            self.fit(**changes)

    def test_two_labels_in_a_row_are_named(self) -> None:
        with pytest.raises(DecisionError, match="Row 1 has 2 labels"):
            fit_policy(
                LabelledScores(
                    np.zeros((2, 4)),
                    [[1, 0, 0, 0], [1, 1, 0, 0]],
                    LABELS,
                    "single_label",
                    "validation",
                )
            )


@pytest.mark.slow
def test_goemotions_sized_choice_takes_seconds() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(-3.0, 1.5, size=(5426, 28))
    truth = rng.random(scores.shape) < sigmoid(scores)
    labels = [f"label {i}" for i in range(28)]
    start = time.process_time()
    fit_policy(LabelledScores(scores, truth, labels, "multi_label", "validation"))
    assert time.process_time() - start < 20.0  # about 4 s on one idle core

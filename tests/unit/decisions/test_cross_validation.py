from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscope.arrays import Rows
from emoscope.decisions import PolicyOptions
from emoscope.decisions.cross_validation import (
    MOST_TEXTS,
    Candidate,
    Outcome,
    cross_validate,
    draw_folds,
    f1_with_influence,
    sample_rows,
)

N = 200
TRUTH = np.random.default_rng(0).random((N, 3)) < 0.3
OPTIONS = PolicyOptions(folds=4, repeats=2)


def flip(share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Decisions that err in ``share`` of the cells."""
    return TRUTH ^ (np.random.default_rng(seed).random(TRUTH.shape) < share)


def compare(outcomes: list[tuple[Candidate, npt.NDArray[np.bool_], float]]) -> Candidate:
    noise = np.random.default_rng(9).normal(0.0, 0.01, N)

    def decide(fitted: Rows, held: Rows) -> Iterator[Outcome]:
        for _, decided, loss in outcomes:
            yield decided[held], loss + noise[held] * loss

    candidates = [candidate for candidate, _, _ in outcomes]
    return cross_validate(TRUTH, candidates, decide, OPTIONS).choose()


def test_no_text_is_judged_by_what_it_was_fitted_on() -> None:
    seen = []

    def decide(fitted: Rows, held: Rows) -> Iterator[Outcome]:
        assert not set(fitted) & set(held)
        assert len(fitted) + len(held) == N
        seen.extend(held.tolist())
        yield TRUTH[held], np.ones(len(held))

    found = cross_validate(TRUTH, [Candidate("none", "fixed", "none")], decide, OPTIONS)
    assert sorted(seen) == sorted(2 * list(range(N)))
    assert found.macro_f1[0] == found.micro_f1[0] == pytest.approx(1.0)
    (row,) = found.rows()
    assert row["log_loss"] == pytest.approx(1.0)
    assert row["standard_error"] == pytest.approx(0.0, abs=1e-12)
    assert row["behind"] == 0.0


def test_better_thresholds_win() -> None:
    good, bad = Candidate("none", "raw", "none"), Candidate("none", "fixed", "none")
    assert compare([(bad, flip(0.3, 1), 1.0), (good, flip(0.1, 2), 1.0)]) == good


def test_calibration_is_chosen_by_log_loss_first() -> None:
    honest, sharp = Candidate("platt", "fixed", "none"), Candidate("none", "fixed", "none")
    assert compare([(sharp, flip(0.1, 1), 2.0), (honest, flip(0.3, 2), 1.0)]) == honest


def test_equal_calibrations_leave_it_to_the_simplest() -> None:
    plain, line = Candidate("none", "fixed", "none"), Candidate("platt", "fixed", "none")
    assert compare([(plain, TRUTH, 1.0), (line, TRUTH, 1.0)]) == plain


def test_a_tie_goes_to_the_simpler() -> None:
    first, second = Candidate("none", "fixed", "none"), Candidate("none", "raw", "top")
    assert compare([(first, flip(0.2, 1), 1.0), (second, flip(0.2, 1), 1.0)]) == first


def test_micro_f1_can_be_the_objective() -> None:
    truth = np.zeros((100, 2), dtype=np.bool_)
    truth[:60, 0] = truth[:2, 1] = True
    common, rare = truth.copy(), truth.copy()
    common[:, 1] = False  # perfect on the common label
    rare[:30, 0] = False  # perfect on the rare one
    candidates = [Candidate("none", "fixed", "none"), Candidate("none", "raw", "none")]

    def decide(fitted: Rows, held: Rows) -> Iterator[Outcome]:
        for decided in (common, rare):
            yield decided[held], np.ones(len(held))

    for objective, best in (("macro_f1", candidates[1]), ("micro_f1", candidates[0])):
        options = PolicyOptions(folds=2, repeats=1, objective=objective)  # type: ignore[arg-type]
        assert cross_validate(truth, candidates, decide, options).choose() == best


def test_large_splits_are_sampled() -> None:
    small = np.ones((7, 1), dtype=np.bool_)
    np.testing.assert_array_equal(sample_rows(small, 0), np.arange(7))
    large = np.ones((2 * MOST_TEXTS + 1, 1), dtype=np.bool_)
    rows = sample_rows(large, 0)
    assert len(rows) <= MOST_TEXTS
    assert len(np.unique(rows)) == len(rows) > MOST_TEXTS / 2


def test_thirteen_positives_are_dealt_evenly() -> None:
    truth = np.zeros((500, 2), dtype=np.bool_)
    truth[:, 0] = True
    truth[100:113, 1] = True
    fold = draw_folds(truth, 5, seed=0)
    assert sorted(np.bincount(fold[100:113], minlength=5).tolist()) == [2, 2, 3, 3, 3]


def test_seed_decides() -> None:
    truth = np.eye(4, dtype=np.bool_)[np.arange(40) % 4]
    np.testing.assert_array_equal(draw_folds(truth, 5, 1), draw_folds(truth, 5, 1))
    assert (draw_folds(truth, 5, 1) != draw_folds(truth, 5, 2)).any()


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 60), st.integers(2, 7), st.integers(0, 1000))
def test_folds_have_equal_sizes(n: int, folds: int, seed: int) -> None:
    truth = np.random.default_rng(seed).random((n, 3)) < 0.3
    sizes = np.bincount(draw_folds(truth, folds, seed), minlength=folds)
    assert sizes.sum() == n
    assert sizes.max() - sizes.min() <= 1


def weighted_f1(
    decided: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]
) -> tuple[float, float]:
    twice = 2 * weight @ (decided & truth)
    size = weight @ decided + weight @ truth
    return float((twice / size).mean()), float(twice.sum() / size.sum())


def test_f1_by_hand() -> None:
    decided = np.array([[1, 0], [1, 0], [0, 0]], dtype=np.bool_)
    truth = np.array([[1, 0], [0, 0], [1, 1]], dtype=np.bool_)
    macro, micro, _ = f1_with_influence(decided, truth, "macro_f1")
    # label 0: one hit, two decided, two true: 1/2; label 1: zero; together 2 / (2 + 3)
    assert macro == pytest.approx(0.25)
    assert micro == pytest.approx(0.4)


@pytest.mark.parametrize("objective", ["macro_f1", "micro_f1"])
def test_influence_is_the_derivative_in_the_weight(objective: str) -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((30, 4)) < 0.4
    decided = truth ^ (rng.random((30, 4)) < 0.3)
    found = f1_with_influence(decided, truth, objective)[2]  # type: ignore[arg-type]
    which = 0 if objective == "macro_f1" else 1
    for i in range(30):
        up, down = np.ones(30), np.ones(30)
        up[i], down[i] = 1 + 1e-5, 1 - 1e-5
        slope = weighted_f1(decided, truth, up)[which] - weighted_f1(decided, truth, down)[which]
        assert found[i] == pytest.approx(slope / 2e-5, abs=1e-8)
    assert found.sum() == pytest.approx(0.0, abs=1e-12)


def test_standard_error_agrees_with_the_bootstrap() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random((2000, 5)) < 0.2
    decided = truth ^ (rng.random((2000, 5)) < 0.1)
    influence = f1_with_influence(decided, truth, "macro_f1")[2]
    draws = rng.multinomial(2000, np.full(2000, 1 / 2000), size=400).astype(np.float64)
    resampled = [weighted_f1(decided, truth, weight)[0] for weight in draws]
    assert np.sqrt((influence**2).sum()) == pytest.approx(np.std(resampled), rel=0.15)


def test_a_label_without_a_text_is_left_out_of_macro_f1() -> None:
    # label a: 2 hits, 3 decided, 2 true, so F1 4 / 5; no text has label b, one is given it
    truth = np.array([[1, 0], [1, 0], [0, 0], [0, 0]], dtype=bool)
    decided = np.array([[1, 0], [1, 0], [1, 1], [0, 0]], dtype=bool)
    macro, micro, influence = f1_with_influence(decided, truth, "macro_f1")
    assert macro == pytest.approx(4 / 5)
    assert micro == pytest.approx(4 / 6)
    # a hit: (2 - .8 * 2) / 5; the false positive: (0 - .8) / 5
    assert influence == pytest.approx([0.08, 0.08, -0.16, 0.0])

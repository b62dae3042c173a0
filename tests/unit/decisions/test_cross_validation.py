from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from emoscope.decisions import PolicyOptions
from emoscope.decisions.cross_validation import (
    MOST_TEXTS,
    Candidate,
    Outcome,
    cross_validate,
    sample_rows,
)
from emoscope.decisions.folds import Rows

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

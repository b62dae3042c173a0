from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscope.decisions.thresholds import NO_INFORMATION, fit_global, fit_raw, rank

samples = st.integers(0, 2**32 - 1)


def draw(seed: int, n: int = 25, n_labels: int = 3) -> tuple[npt.NDArray[np.float64], ...]:
    """Probabilities on a coarse grid, so that ties occur, and truth that follows them a little."""
    rng = np.random.default_rng(seed)
    probabilities = rng.integers(0, 12, size=(n, n_labels)) / 12.0
    truth = rng.random((n, n_labels)) < 0.2 + 0.5 * probabilities
    return probabilities, truth


def macro(passed: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
    size = np.maximum(passed.sum(axis=0) + truth.sum(axis=0), 1)
    return float((2 * (passed & truth).sum(axis=0) / size).mean())


def micro(passed: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
    return float(2 * (passed & truth).sum() / max(passed.sum() + truth.sum(), 1))


def test_raw_maximiser_by_hand() -> None:
    probabilities = np.array([[0.4], [0.9], [0.7], [0.8]])
    truth = np.array([[0], [1], [1], [0]], dtype=np.bool_)
    # best first: 1 0 1 0; F1 = 2/3, 2/4, 4/5, 4/6: three pass, cut midway between 0.7 and 0.4
    np.testing.assert_allclose(fit_raw(rank(probabilities, truth)), [0.55])


def test_equal_probabilities_are_not_torn_apart() -> None:
    probabilities = np.array([[0.6], [0.6], [0.6], [0.1]])
    truth = np.array([[1], [0], [0], [0]], dtype=np.bool_)
    np.testing.assert_allclose(fit_raw(rank(probabilities, truth)), [0.35])


def test_letting_everything_pass_is_a_cut_too() -> None:
    probabilities = np.array([[0.2], [0.4]])
    truth = np.ones((2, 1), dtype=np.bool_)
    np.testing.assert_allclose(fit_raw(rank(probabilities, truth)), [0.1])


def test_global_threshold_by_hand() -> None:
    probabilities = np.array([[0.9, 0.6], [0.2, 0.5]])
    truth = np.array([[1, 1], [0, 0]], dtype=np.bool_)
    # passing 0.9, 0.6: macro 1; passing 0.5 too: (1 + 2/3) / 2
    np.testing.assert_allclose(fit_global(rank(probabilities, truth)), 0.55)


def test_a_label_without_positives_takes_the_global_threshold() -> None:
    probabilities = np.array([[0.9, 0.3], [0.2, 0.1]])
    truth = np.array([[1, 0], [0, 0]], dtype=np.bool_)
    ranking = rank(probabilities, truth)
    np.testing.assert_allclose(fit_raw(ranking), [0.55, fit_global(ranking)])


def test_no_positive_at_all_leaves_one_half() -> None:
    ranking = rank(np.array([[0.3], [0.8]]), np.zeros((2, 1), dtype=np.bool_))
    for objective in ("macro_f1", "micro_f1"):
        assert fit_global(ranking, objective) == NO_INFORMATION  # type: ignore[arg-type]
        assert fit_raw(ranking, objective)[0] == NO_INFORMATION  # type: ignore[arg-type]


def test_recalibrating_keeps_order_and_hits() -> None:
    scores = np.array([[-3.0], [2.0], [0.5]])
    ranking = rank(scores, np.array([[0], [1], [0]], dtype=np.bool_))
    again = ranking.recalibrated(np.array([[0.1], [0.9], [0.6]]))
    np.testing.assert_array_equal(again.probabilities, [[0.9, 0.6, 0.1]])
    np.testing.assert_array_equal(again.hits, [[1, 1, 1]])


@settings(max_examples=60, deadline=None)
@given(samples)
def test_raw_beats_every_grid_threshold_on_its_own_sample(seed: int) -> None:
    probabilities, truth = draw(seed)
    raw = fit_raw(rank(probabilities, truth))
    reached = macro(probabilities >= raw, truth)
    for threshold in np.linspace(0.0, 1.0, 45):
        assert macro(probabilities >= threshold, truth) <= reached + 1e-12


@settings(max_examples=60, deadline=None)
@given(samples)
def test_global_is_the_best_single_threshold(seed: int) -> None:
    probabilities, truth = draw(seed)
    ranking = rank(probabilities, truth)
    grid = np.arange(12) / 12.0 - 0.02  # a cut below each of the twelve values
    for objective, score in (("macro_f1", macro), ("micro_f1", micro)):
        found = fit_global(ranking, objective)  # type: ignore[arg-type]
        reached = score(probabilities >= found, truth)
        best = max(score(probabilities >= t, truth) for t in grid)
        assert abs(reached - best) < 1e-12


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(samples)
def test_raw_micro_is_the_best_of_all_combinations(seed: int) -> None:
    probabilities, truth = draw(seed, n=8, n_labels=3)
    if not truth.any(axis=0).all():
        return  # such a label takes the global threshold instead
    found = fit_raw(rank(probabilities, truth), "micro_f1")
    cuts = np.append(np.arange(12) / 12.0 - 0.02, 1.1)
    best = max(micro(probabilities >= np.array(cut), truth) for cut in product(cuts, repeat=3))
    assert abs(micro(probabilities >= found, truth) - best) < 1e-12

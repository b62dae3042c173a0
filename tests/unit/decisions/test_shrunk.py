from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from emoscope.decisions.activation import sigmoid
from emoscope.decisions.shrunk import HALF_TRUST, fit_shrunk, mean_passing
from emoscope.decisions.thresholds import Ranking, fit_global, fit_raw, rank


def ranking_of(positives: int, n: int = 400, seed: int = 0) -> Ranking:
    """Two labels: half the texts under the first, ``positives`` under the second."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((n, 2), dtype=np.bool_)
    truth[: n // 2, 0] = truth[:positives, 1] = True
    return rank(sigmoid(rng.normal(size=(n, 2)) + 2.0 * truth - 1.0), truth)


def test_blend_by_hand() -> None:
    # ten positives under each label: half trust in the own cut, half in the global one
    positives = int(HALF_TRUST)
    probabilities = np.vstack([np.full((positives, 2), 0.8), np.full((20, 2), [0.2, 0.6])])
    truth = np.zeros(probabilities.shape, dtype=np.bool_)
    truth[:positives] = True
    ranking = rank(probabilities, truth)
    common = fit_global(ranking)
    assert common == pytest.approx(0.7)
    found = fit_shrunk(ranking, np.full(2, float(positives)))
    own = np.array([0.5, 0.7])
    middle = 0.5 * np.log(own / (1 - own)) + 0.5 * np.log(0.7 / 0.3)
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-middle)), rtol=1e-12)


def test_fewer_positives_lie_nearer_to_the_global_threshold() -> None:
    passing: npt.NDArray[np.float64] = np.array([200.0, 1.0])

    def distance(positives: int) -> float:
        ranking = ranking_of(positives)
        own = ranking.cuts()[1, 0]
        common = fit_global(ranking)
        return float((fit_shrunk(ranking, passing)[1] - common) / (own - common))

    assert 0 < distance(2) < distance(20) < distance(150) < 1


def test_no_positive_means_the_global_threshold() -> None:
    ranking = ranking_of(0)
    assert fit_shrunk(ranking, mean_passing(ranking))[1] == fit_global(ranking)


def test_resampling_is_seeded() -> None:
    ranking = ranking_of(13)
    np.testing.assert_array_equal(mean_passing(ranking, 7), mean_passing(ranking, 7))
    assert (mean_passing(ranking, 7) != mean_passing(ranking, 8)).any()


def test_separated_positives_pass_and_nothing_else() -> None:
    probabilities = np.array([[0.9]] * 40 + [[0.1]] * 360)
    truth = probabilities > 0.5
    np.testing.assert_allclose(mean_passing(rank(probabilities, truth)), [40.0])


def test_averaging_over_resamples_is_steadier_than_one_maximum() -> None:
    raw, averaged = [], []
    for seed in range(30):
        ranking = ranking_of(13, seed=seed)
        raw.append(int((ranking.probabilities[1] >= fit_raw(ranking)[1]).sum()))
        averaged.append(mean_passing(ranking)[1])
    assert np.std(averaged) < 0.85 * np.std(raw)

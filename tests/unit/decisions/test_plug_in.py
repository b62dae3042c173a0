from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscope.decisions.plug_in import attainable_f1, fit_plug_in
from emoscope.decisions.thresholds import fit_global, rank


def test_half_the_attainable_f1_by_hand() -> None:
    probabilities = np.array([[0.3], [0.8], [0.1], [0.6]])
    truth = np.array([[0], [1], [0], [1]], dtype=np.bool_)
    # sum 1.8; k = 1..4: 1.6/2.8, 2.8/3.8, 3.4/4.8, 3.6/5.8: the second is largest
    np.testing.assert_allclose(attainable_f1(np.array([0.8, 0.6, 0.3, 0.1])), 2.8 / 3.8)
    np.testing.assert_allclose(fit_plug_in(rank(probabilities, truth)), [1.4 / 3.8])


def test_no_true_label_is_looked_at() -> None:
    probabilities = np.random.default_rng(0).random((50, 2))
    one = fit_plug_in(rank(probabilities, probabilities > 0.5))
    other = fit_plug_in(rank(probabilities, probabilities < 0.2))
    np.testing.assert_array_equal(one, other)


def test_micro_gives_one_threshold_to_all() -> None:
    probabilities = np.array([[0.8, 0.3], [0.6, 0.1]])
    found = fit_plug_in(rank(probabilities, np.ones((2, 2), dtype=np.bool_)), "micro_f1")
    np.testing.assert_allclose(found, [1.4 / 3.8, 1.4 / 3.8])


def test_a_label_without_positives_does_not_pass_everywhere() -> None:
    probabilities = np.column_stack([np.linspace(0.9, 0.1, 20), np.full(20, 0.02)])
    truth = np.column_stack([probabilities[:, 0] > 0.5, np.zeros(20, dtype=np.bool_)])
    ranking = rank(probabilities, truth)
    found = fit_plug_in(ranking)
    assert found[1] == fit_global(ranking)
    assert not (probabilities[:, 1] >= found[1]).any()


def test_calibrated_probabilities_make_it_the_best_threshold() -> None:
    rng = np.random.default_rng(1)
    probabilities = rng.beta(0.5, 2.0, size=(200_000, 1))
    truth = rng.random(probabilities.shape) < probabilities
    plug_in = fit_plug_in(rank(probabilities, truth))[0]

    def f1(threshold: float) -> float:
        passed = probabilities >= threshold
        return float(2 * (passed & truth).sum() / (passed.sum() + truth.sum()))

    best = max(f1(t) for t in np.linspace(0.05, 0.6, 56))
    assert best - f1(plug_in) < 1e-3


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["macro_f1", "micro_f1"]))
def test_never_above_one_half(seed: int, objective: str) -> None:
    rng = np.random.default_rng(seed)
    probabilities = rng.random((20, 3)) ** rng.uniform(0.1, 8)
    truth = np.ones((20, 3), dtype=np.bool_)
    found = fit_plug_in(rank(probabilities, truth), objective)  # type: ignore[arg-type]
    assert (found <= 0.5).all()
    assert (found > 0).all()

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from emoscope.models import neurons as module
from emoscope.models.neurons import choose_neurons, kept_neurons


@pytest.fixture
def layer() -> tuple[np.ndarray, np.ndarray]:
    """Outputs of eight uneven neurons for 400 tokens, and the weights of the product behind."""
    random = np.random.default_rng(1)
    states = random.normal(size=(400, 8)) @ random.normal(size=(8, 8))
    return np.hstack([states, np.ones((400, 1))]), random.normal(size=(9, 3))


def lost(states: np.ndarray, weights: np.ndarray, kept: list[int]) -> float:
    """What is left of the output that the kept neurons cannot say, by least squares."""
    target = states @ weights
    some = states[:, [*kept, 8]]
    return float(np.square(target - some @ np.linalg.lstsq(some, target, rcond=None)[0]).sum())


def test_the_neuron_that_is_missed_least_goes(layer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "STEP", 1)
    monkeypatch.setattr(module, "_DAMPING", 1e-9)
    states, weights = layer
    kept, fitted = choose_neurons(states.T @ states, weights, 7)
    best = min(combinations(range(8), 7), key=lambda some: lost(states, weights, list(some)))
    assert tuple(kept) == best
    residual = states @ weights - states[:, [*kept, 8]] @ fitted
    assert np.square(residual).sum() == pytest.approx(lost(states, weights, list(kept)), rel=1e-6)


def test_of_neurons_that_say_the_same_one_is_enough(layer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "STEP", 1)
    monkeypatch.setattr(module, "_DAMPING", 1e-9)
    states, weights = layer
    states[:, 2] = 0.5 * states[:, 6] - 3.0  # the one that is always 1 makes up for the 3
    states[:, 4] = -states[:, 0] + states[:, 1]
    kept, fitted = choose_neurons(states.T @ states, weights, 6)
    assert len({2, 6} & set(kept.tolist())) == 1
    assert len({0, 1, 4} & set(kept.tolist())) == 2
    np.testing.assert_allclose(states[:, [*kept, 8]] @ fitted, states @ weights, atol=1e-4)


def test_whole_groups_are_kept():
    assert kept_neurons(1536, 0.75) == 1152
    assert kept_neurons(1536, 0.67) == 1024
    assert kept_neurons(1536, 0.01) == 64
    assert kept_neurons(1536, 0.99) == 0, "all of them: nothing to do"
    assert kept_neurons(48, 0.5) == 0

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from emoscope.decisions.influence import f1_with_influence


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

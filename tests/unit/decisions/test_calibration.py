from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emoscope.decisions.activation import sigmoid
from emoscope.decisions.calibration import (
    _LEAST_SLOPE,
    fit_calibration,
    log_loss,
    no_calibration,
    smoothed_targets,
)
from emoscope.taxonomy import Task


def repeat(
    rows: list[tuple[list[float], list[int], int]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Scores and truth from (scores, truth, how often)."""
    scores = np.repeat([r[0] for r in rows], [r[2] for r in rows], axis=0).astype(np.float64)
    truth = np.repeat([r[1] for r in rows], [r[2] for r in rows], axis=0).astype(np.bool_)
    return scores, truth


def test_no_calibration_changes_nothing() -> None:
    scores = np.array([[1.5, -2.0]])
    np.testing.assert_array_equal(no_calibration(2).apply(scores), scores)


def test_targets_are_smoothed_by_support() -> None:
    truth = np.array([[1, 0], [0, 0], [0, 0]], dtype=np.bool_)
    # one positive of three: 2/3 and 1/4; none of three: 1/5
    np.testing.assert_allclose(smoothed_targets(truth), [[2 / 3, 1 / 5]] + 2 * [[1 / 4, 1 / 5]])


def test_log_loss_by_hand() -> None:
    scores = np.array([0.0, np.log(3.0), np.log(3.0), 1e4])
    found = log_loss(scores, np.array([1.0, 1.0, 0.0, 1.0]))
    np.testing.assert_allclose(found, [np.log(2), np.log(4 / 3), np.log(4), 0.0], atol=1e-12)


def test_platt_finds_the_line_through_two_points() -> None:
    # score 0 holds in 1 of 5, score 1 in 1 of 2: log-odds -log 4 and 0
    scores, truth = repeat(
        [([0], [1], 20_000), ([0], [0], 80_000), ([1], [1], 50_000), ([1], [0], 50_000)]
    )
    fit = fit_calibration("platt", scores, truth, "multi_label")
    np.testing.assert_allclose(fit.slope, np.log(4.0), rtol=1e-3)
    np.testing.assert_allclose(fit.offset, -np.log(4.0), rtol=1e-3)


def test_one_temperature_for_all_labels() -> None:
    # under both labels score 2 holds in 3 of 4 and score -2 in 1 of 4: slope log(3) / 2
    scores, truth = repeat(
        [
            ([2, 2], [1, 1], 30_000),
            ([2, 2], [0, 0], 10_000),
            ([-2, -2], [1, 1], 10_000),
            ([-2, -2], [0, 0], 30_000),
        ]
    )
    fit = fit_calibration("temperature", scores, truth, "multi_label")
    np.testing.assert_allclose(fit.slope, np.log(3.0) / 2.0, rtol=1e-3)
    np.testing.assert_array_equal(fit.offset, [0.0, 0.0])


def test_single_label_temperature() -> None:
    # the first of two labels is true in 3 of 4: odds 3 = exp(slope * 5)
    scores, truth = repeat([([5, 0], [1, 0], 30_000), ([5, 0], [0, 1], 10_000)])
    fit = fit_calibration("temperature", scores, truth, "single_label")
    np.testing.assert_allclose(fit.slope, np.log(3.0) / 5.0, rtol=1e-3)


def test_thirteen_separated_positives_do_not_explode() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(-4.0, 1.0, size=(5000, 1))
    truth = np.zeros((5000, 1), dtype=np.bool_)
    scores[:13], truth[:13] = 5.0, True
    fit = fit_calibration("platt", scores, truth, "multi_label")
    assert 0.5 < fit.slope[0] < 20.0
    # 13 of 13 held, which promises 14/15 and not certainty
    np.testing.assert_allclose(sigmoid(fit.apply(scores[:1])), 14 / 15, atol=0.02)


def test_rare_labels_lean_on_the_common_line() -> None:
    alone, together = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        # one honest line for all, slope 2 and offset -1; few texts score high under the last label
        scores = rng.normal(size=(1500, 6)) - np.array(5 * [0.0] + [2.75])
        truth = rng.random(scores.shape) < sigmoid(2.0 * scores - 1.0)
        together.append(fit_calibration("platt", scores, truth, "multi_label"))
        alone.append(fit_calibration("platt", scores[:, 5:], truth[:, 5:], "multi_label"))
    slopes = np.array([fit.slope for fit in together])
    np.testing.assert_allclose(slopes[:, :5].mean(axis=0), 2.0, rtol=0.05)
    error = np.abs(slopes[:, 5] - 2.0).mean()
    assert error < 0.85 * np.abs([fit.slope[0] - 2.0 for fit in alone]).mean()


def test_a_label_without_positives_becomes_improbable() -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(size=(400, 3))
    truth = scores > 0.5
    truth[:, 2] = False
    fit = fit_calibration("platt", scores, truth, "multi_label")
    assert np.isfinite(fit.slope).all()
    assert sigmoid(fit.apply(scores))[:, 2].mean() < 0.05


@pytest.mark.parametrize("task", ["multi_label", "single_label"])
def test_scores_that_point_the_wrong_way_keep_a_positive_slope(task: Task) -> None:
    scores, truth = repeat([([1, 0], [0, 1], 50), ([0, 1], [1, 0], 50)])
    kinds = ("temperature", "platt") if task == "multi_label" else ("temperature",)
    for kind in kinds:
        fit = fit_calibration(kind, scores, truth, task)  # type: ignore[arg-type]
        assert (fit.slope > 0).all()
        assert (fit.slope < 1e-3).all()
        np.testing.assert_allclose(sigmoid(fit.apply(scores)), 0.5, atol=0.01)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("shift", [0.0, 100.0])
def test_platt_does_not_care_for_units(scale: float, shift: float) -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(500, 3))
    truth = rng.random(scores.shape) < sigmoid(2 * scores - 1)
    plain = fit_calibration("platt", scores, truth, "multi_label")
    moved_scores = (scores + shift) * scale
    moved = fit_calibration("platt", moved_scores, truth, "multi_label")
    np.testing.assert_allclose(
        sigmoid(moved.apply(moved_scores)), sigmoid(plain.apply(scores)), atol=1e-6
    )


def test_constant_scores_give_the_base_rate() -> None:
    truth = np.zeros((1000, 1), dtype=np.bool_)
    truth[:200] = True
    fit = fit_calibration("platt", np.full((1000, 1), 3.0), truth, "multi_label")
    np.testing.assert_allclose(sigmoid(fit.apply(np.array([[3.0]]))), 0.2, atol=2e-3)


samples = st.integers(0, 2**32 - 1)


@settings(max_examples=40, deadline=None)
@given(samples, st.sampled_from(["temperature", "platt"]))
def test_calibration_keeps_the_order(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(30, 4)) * 10 ** rng.uniform(-3, 3)
    truth = rng.random((30, 4)) < 0.3
    fit = fit_calibration(kind, scores, truth, "multi_label")  # type: ignore[arg-type]
    order = np.argsort(scores, axis=0)
    assert (np.diff(np.take_along_axis(fit.apply(scores), order, axis=0), axis=0) >= 0).all()


@settings(max_examples=40, deadline=None)
@given(samples)
@example(4006)  # a rare label whose scores point the wrong way
@example(29850)
def test_no_other_line_has_less_loss(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(40, 1))  # with one label the common line is its own
    truth = rng.random((40, 1)) < sigmoid(scores + rng.normal())
    fit = fit_calibration("platt", scores, truth, "multi_label")
    targets = smoothed_targets(truth)
    least = log_loss(fit.apply(scores), targets).sum()
    for slope, offset in ((0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)):
        moved = scores * max(fit.slope[0] + slope, _LEAST_SLOPE) + fit.offset[0] + offset
        assert log_loss(moved, targets).sum() >= least - 1e-6

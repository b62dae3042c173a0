from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscope.errors import DecisionError
from emoscope.metrics import bootstrap
from emoscope.metrics.bootstrap import (
    bootstrap_intervals,
    compare_paired,
    draw_weights,
    percentile_interval,
    resample,
    two_sided_p,
)
from emoscope.metrics.contributions import contributions, sum_contributions
from emoscope.metrics.headline import headline


def multi_label_case(n_texts=60, n_labels=5, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.random((n_texts, n_labels)) < 0.3
    flipped = rng.random(truth.shape) < 0.15
    return truth, truth ^ flipped


def single_label_case(n_texts=60, n_labels=4, seed=0, right=0.7):
    rng = np.random.default_rng(seed)
    truth = rng.integers(n_labels, size=n_texts)
    guess = rng.integers(n_labels, size=n_texts)
    predicted = np.where(rng.random(n_texts) < right, truth, guess)
    eye = np.eye(n_labels, dtype=bool)
    return eye[truth], eye[predicted]


CASES = {"multi_label": multi_label_case, "single_label": single_label_case}


@pytest.mark.parametrize("task", CASES)
def test_fast_path_equals_a_loop_over_resampled_texts(task):
    truth, predicted = CASES[task]()
    fast = headline(task, resample(contributions(truth, predicted), 20, seed=7))
    (weights,) = draw_weights(len(truth), 20, seed=7)
    for i, drawn in enumerate(weights.astype(int)):
        rows = np.repeat(np.arange(len(truth)), drawn)
        slow = headline(task, sum_contributions(contributions(truth[rows], predicted[rows])))
        for name, value in slow.items():
            assert fast[name][i] == pytest.approx(float(value), abs=1e-12), name


def test_fast_path_equals_scikit_learn_on_resampled_texts():
    metrics = pytest.importorskip("sklearn.metrics")
    truth, predicted = multi_label_case()
    fast = headline("multi_label", resample(contributions(truth, predicted), 10, seed=1))
    (weights,) = draw_weights(len(truth), 10, seed=1)
    for i, drawn in enumerate(weights.astype(int)):
        rows = np.repeat(np.arange(len(truth)), drawn)
        for ours, average in (
            ("macro_f1", "macro"),
            ("micro_f1", "micro"),
            ("sample_f1", "samples"),
        ):
            theirs = metrics.f1_score(
                truth[rows],
                predicted[rows],
                average=average,
                zero_division=0,
                labels=np.flatnonzero(truth[rows].any(axis=0)) if average == "macro" else None,
            )
            assert fast[ours][i] == pytest.approx(theirs)


def test_every_resample_draws_as_many_texts_as_there_are():
    (weights,) = draw_weights(50, 2000, seed=0)
    assert weights.shape == (2000, 50)
    assert (weights.sum(axis=1) == 50).all()
    # a text is drawn Binomial(50, 1/50) times: mean 1, variance 0.98
    assert weights.mean() == 1.0
    assert weights.var() == pytest.approx(0.98, abs=0.02)
    np.testing.assert_allclose(weights.mean(axis=0), 1.0, atol=0.12)  # over 5 standard errors


def test_draws_do_not_depend_on_the_block_size(monkeypatch):
    (whole,) = draw_weights(31, 17, seed=4)
    monkeypatch.setattr(bootstrap, "_WEIGHTS_AT_ONCE", 100)
    blocks = list(draw_weights(31, 17, seed=4))
    assert len(blocks) == 6
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


@pytest.mark.parametrize("task", CASES)
def test_seed_decides_and_intervals_hold_the_point(task):
    truth, predicted = CASES[task]()
    first = bootstrap_intervals(task, truth, predicted, resamples=300, seed=1)
    assert bootstrap_intervals(task, truth, predicted, resamples=300, seed=1) == first
    assert bootstrap_intervals(task, truth, predicted, resamples=300, seed=2) != first
    points = headline(task, sum_contributions(contributions(truth, predicted)))
    assert set(first) == set(points)
    for name, (low, high) in first.items():
        assert low <= float(points[name]) <= high, name
        assert low < high, name


def test_accuracy_interval_is_the_binomial_one():
    # accuracy of n texts is a binomial share: the half-width tends to 1.96 sqrt(p (1 - p) / n)
    truth = np.tile(np.eye(2, dtype=bool)[[0]], (400, 1))
    predicted = truth.copy()
    predicted[:80] = ~predicted[:80]
    low, high = bootstrap_intervals("single_label", truth, predicted, resamples=4000)["accuracy"]
    assert low == pytest.approx(0.8 - 1.96 * 0.02, abs=0.005)
    assert high == pytest.approx(0.8 + 1.96 * 0.02, abs=0.005)


@pytest.mark.slow
def test_intervals_cover_the_truth_about_as_often_as_they_say():
    # 200 test sets; a prediction is right with probability 0.7 + 0.3 / 4 = 0.775
    covered = 0
    for seed in range(200):
        truth, predicted = single_label_case(n_texts=150, seed=seed)
        low, high = bootstrap_intervals("single_label", truth, predicted, resamples=300, seed=seed)[
            "accuracy"
        ]
        covered += low <= 0.775 <= high
    assert 0.89 <= covered / 200 <= 0.99


def test_a_label_that_a_resample_lacks_does_not_count_as_zero():
    # three labels, the rarest with one text of twelve, all right: macro-F1 is 1 in every resample,
    # also in the 35 % that lack it ((11 / 12) ** 12)
    truth = np.eye(3, dtype=bool)[[0] * 6 + [1] * 5 + [2]]
    found = bootstrap_intervals("single_label", truth, truth)
    assert found["macro_f1"] == found["macro_recall"] == found["balanced_accuracy"] == (1.0, 1.0)
    assert bootstrap_intervals("multi_label", truth, truth)["macro_f1"] == (1.0, 1.0)
    wrong = truth.copy()
    wrong[0] = [False, True, False]
    change = compare_paired("single_label", truth, wrong, truth)["macro_f1"]
    # by hand: label 0 has F1 10 / 11, label 1 too, label 2 has 1; the mean is 31 / 33
    assert change.difference == pytest.approx(2 / 33)
    assert change.low == 0.0
    assert change.low <= change.difference <= change.high
    # 35 % of resamples do not draw the text that differs, so no difference is no surprise
    assert change.p_value == pytest.approx(0.7, abs=0.1)


@pytest.mark.slow
@given(seed=st.integers(0, 10_000), n_texts=st.integers(1, 12), task=st.sampled_from(list(CASES)))
@settings(max_examples=60, deadline=None)
def test_an_interval_holds_its_value_or_is_not_given(seed, n_texts, task):
    truth, predicted = CASES[task](n_texts=n_texts, seed=seed)
    points = headline(task, sum_contributions(contributions(truth, predicted)))
    intervals = bootstrap_intervals(task, truth, predicted, resamples=60, seed=seed)
    for name, (low, high) in intervals.items():
        assert low <= points[name] <= high, name
    for name, each in compare_paired(task, truth, predicted, truth, resamples=60).items():
        assert np.isnan([each.low, each.high, each.p_value]).all() or (
            each.low <= each.difference <= each.high
        ), name


def test_percentile_interval_by_hand():
    # 0 to 100 in steps of 1: the middle 95 % of 101 values is 2.5 to 97.5
    drawn = np.arange(101.0)[:, None].repeat(4, axis=1)
    drawn[:, 1] += 60.0  # does not hold 50
    drawn[:5, 2] = np.nan  # 5 of 101 undefined: 4.95 %, the others are 5 to 100
    drawn[:6, 3] = np.nan  # 6 of 101: too many
    low, high = percentile_interval(np.full(4, 50.0), drawn)
    np.testing.assert_allclose(low, [2.5, np.nan, 5 + 95 * 0.025, np.nan])
    np.testing.assert_allclose(high, [97.5, np.nan, 5 + 95 * 0.975, np.nan])


def test_two_sided_p_by_hand():
    # 3 of 9 are at most 0, 7 at least 0: 2 * (3 + 1) / (9 + 1)
    some = np.array([-1.0, -2, 0, 1, 2, 3, 4, 5, 6, np.nan])
    assert two_sided_p(some) == pytest.approx(0.8)


def test_wider_level_wider_interval():
    truth, predicted = multi_label_case()
    narrow = bootstrap_intervals("multi_label", truth, predicted, level=0.5)["macro_f1"]
    wide = bootstrap_intervals("multi_label", truth, predicted, level=0.99)["macro_f1"]
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_paired_difference_of_equal_predictions_is_nothing():
    truth, predicted = multi_label_case()
    for result in compare_paired("multi_label", truth, predicted, predicted).values():
        assert (result.difference, result.low, result.high, result.p_value) == (0, 0, 0, 1)


def test_paired_difference_finds_what_separate_intervals_hide():
    truth, first = single_label_case(n_texts=400, seed=3)
    second = first.copy()
    wrong = np.flatnonzero((truth != first).any(axis=1))[:12]
    second[wrong] = truth[wrong]  # the second mends 12 texts and breaks none
    result = compare_paired("single_label", truth, first, second)["accuracy"]
    assert result.difference == pytest.approx(12 / 400)
    assert result.second - result.first == pytest.approx(result.difference)
    assert result.low > 0
    assert result.p_value == pytest.approx(2 / 1001)
    alone = [
        bootstrap_intervals("single_label", truth, each)["accuracy"] for each in (first, second)
    ]
    assert alone[0][1] > alone[1][0]


def test_paired_difference_turns_with_the_order():
    truth, first = multi_label_case(seed=5)
    _, second = multi_label_case(seed=6)
    there = compare_paired("multi_label", truth, first, second, seed=3)["micro_f1"]
    back = compare_paired("multi_label", truth, second, first, seed=3)["micro_f1"]
    assert back.difference == -there.difference
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert back.p_value == there.p_value


@pytest.mark.slow
def test_p_values_are_even_when_nothing_differs():
    # two predictions of equal quality: about 5 % of p-values lie under 0.05
    p_values = []
    for seed in range(200):
        truth, first = single_label_case(n_texts=150, seed=seed)
        rng = np.random.default_rng(10_000 + seed)
        guess = rng.integers(4, size=150)
        index = np.where(rng.random(150) < 0.7, truth.argmax(axis=1), guess)
        second = np.eye(4, dtype=bool)[index]
        result = compare_paired("single_label", truth, first, second, resamples=200, seed=seed)
        p_values.append(result["accuracy"].p_value)
    assert 0.01 <= np.mean(np.array(p_values) < 0.05) <= 0.11
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.12)


def test_impossible_requests_are_refused():
    truth, predicted = multi_label_case()
    with pytest.raises(DecisionError, match="0 bootstrap resamples"):
        bootstrap_intervals("multi_label", truth, predicted, resamples=0)
    with pytest.raises(DecisionError, match="seed is -1"):
        bootstrap_intervals("multi_label", truth, predicted, seed=-1)
    with pytest.raises(DecisionError, match="level 95"):
        bootstrap_intervals("multi_label", truth, predicted, level=95)
    with pytest.raises(DecisionError, match="Unknown task 'ranking'"):
        bootstrap_intervals("ranking", truth, predicted)
    with pytest.raises(DecisionError, match=r"second has shape|predicted has shape"):
        compare_paired("multi_label", truth, predicted, predicted[:5])


def test_a_thousand_resamples_of_the_goemotions_test_are_quick():
    rng = np.random.default_rng(0)
    truth = rng.random((5427, 28)) < 0.04
    predicted = rng.random(truth.shape) < 0.05
    start = time.perf_counter()
    bootstrap_intervals("multi_label", truth, predicted, resamples=1000)
    assert time.perf_counter() - start < 5.0

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from emoscope.training.sampling import EpochOrder, repeat_factors

LENGTHS = np.random.default_rng(0).integers(3, 60, size=1003)


def padding(order: list[int], batch: int) -> float:
    """Share of tokens that are padding."""
    batches = [LENGTHS[order[i : i + batch]] for i in range(0, len(order), batch)]
    return 1 - LENGTHS[order].sum() / sum(b.max() * len(b) for b in batches)


@pytest.mark.parametrize("group", [True, False])
def test_every_row_comes_once(group):
    order = EpochOrder(LENGTHS, 16, seed=1, group_by_length=group)
    assert sorted(order) == list(range(1003))
    assert len(order) == 1003


def test_order_depends_on_seed_and_epoch_alone():
    order = EpochOrder(LENGTHS, 16, seed=1)
    first, again = list(order), list(order)
    assert first == again
    order.set_epoch(5)
    later = list(order)
    assert later != first
    fresh = EpochOrder(LENGTHS, 16, seed=1)
    fresh.set_epoch(5)
    assert list(fresh) == later
    assert list(EpochOrder(LENGTHS, 16, seed=2)) != first


def test_grouping_saves_most_of_the_padding():
    grouped = list(EpochOrder(LENGTHS, 16, seed=1))
    shuffled = list(EpochOrder(LENGTHS, 16, seed=1, group_by_length=False))
    assert padding(grouped, 16) < 0.05
    assert padding(shuffled, 16) > 0.3


def test_the_incomplete_batch_is_last_and_the_longest_first():
    order = list(EpochOrder(LENGTHS, 16, seed=1))
    assert LENGTHS[order[:16]].max() == LENGTHS.max()
    # if an incomplete batch stood elsewhere, all later ones would straddle two lengths
    spans = [np.ptp(LENGTHS[order[i : i + 16]]) for i in range(0, 1003 - 11, 16)]
    assert max(spans) <= 10


def test_batches_are_not_in_order_of_length():
    order = list(EpochOrder(LENGTHS, 16, seed=1))
    means = [LENGTHS[order[i : i + 16]].mean() for i in range(0, 992, 16)]
    assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.4


def test_fewer_rows_than_a_batch():
    order = EpochOrder(LENGTHS[:5], 16, seed=0)
    assert sorted(order) == [0, 1, 2, 3, 4]


def test_repeat_factors_by_hand():
    labels = np.zeros((100, 3), dtype=bool)
    labels[:, 0] = True  # share 1
    labels[:4, 1] = True  # share 0.04: sqrt(0.16 / 0.04) = 2
    labels[:1, 2] = True  # share 0.01: sqrt(0.16 / 0.01) = 4; a row takes its largest
    factors = repeat_factors(labels, rare_below=0.16)
    np.testing.assert_allclose(factors[:5], [4, 2, 2, 2, 1])
    assert repeat_factors(labels, 0.16, limit=3.0)[0] == 3
    assert repeat_factors(np.zeros((4, 2), dtype=bool), 0.5).tolist() == [1, 1, 1, 1]


def test_repeats_are_kept_on_average_and_the_epoch_length_is_constant():
    repeats = np.where(np.arange(100) < 10, 2.5, 1.0)  # 115 in all
    order = EpochOrder(np.full(100, 7), 8, seed=0, repeats=repeats)
    counts = np.zeros(100)
    for epoch in range(40):
        order.set_epoch(epoch)
        rows = list(order)
        assert len(rows) == len(order) == 115
        each = np.bincount(rows, minlength=100)
        assert set(each[:10]) <= {2, 3}
        assert (each[10:] == 1).all()
        counts += each
    np.testing.assert_allclose(counts[:10] / 40, 2.5, atol=0.3)

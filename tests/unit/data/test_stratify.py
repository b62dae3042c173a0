from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emoscope.data.stratify import stratify


def skewed_labels(n: int, seed: int = 0) -> np.ndarray:
    """Twelve labels from half of the rows to one in a hundred, some rows with none."""
    random = np.random.default_rng(seed)
    return random.random((n, 12)) < np.geomspace(0.5, 0.01, 12)


def distance(labels: np.ndarray, parts: np.ndarray, shares: np.ndarray) -> float:
    """How far label counts are from their share, on average in rows."""
    found = np.array([labels[parts == part].sum(axis=0) for part in range(len(shares))])
    return float(np.abs(found - np.outer(shares, labels.sum(axis=0))).mean())


def test_a_small_deal_worked_by_hand():
    # Pair (a, b), one row: the parts want 2/3 and 1/3 of it, so part 0 gets row 0.
    # Label b, three rows: they want 2 and 1, part 0 has one, so they get one each of rows 1 and 2.
    # Label a, four rows: they want 8/3 and 4/3, part 0 has one: 5/3 and 4/3 of the last three rows,
    # which one after the other go to part 0, part 1 and (2/3 against 1/3 now) part 0.
    labels = np.array([[1, 1], [0, 1], [0, 1], [1, 0], [1, 0], [1, 0]], dtype=bool)
    parts = stratify(labels, [2, 1], seed=0)
    assert parts[0] == 0
    assert sorted(parts[1:3]) == [0, 1]
    assert sorted(parts[3:]) == [0, 0, 1]


@pytest.mark.parametrize("shares", [[0.8, 0.1, 0.1], [0.2] * 5])
def test_every_label_is_shared_out_within_a_row_or_so(shares):
    labels = skewed_labels(4_000)
    parts = stratify(labels, shares, seed=1)
    shares = np.array(shares)
    random = np.random.default_rng(1).choice(len(shares), len(labels), p=shares)
    assert distance(labels, parts, shares) < 1.0 < distance(labels, random, shares)
    sizes = np.bincount(parts) / len(labels)
    np.testing.assert_allclose(sizes, shares, atol=0.005)


def test_pairs_of_labels_are_shared_out_too():
    labels = skewed_labels(4_000)
    parts = stratify(labels, [0.5, 0.5], seed=1)
    together = labels[:, 0] & labels[:, 1]
    assert abs(int(together[parts == 0].sum()) - int(together[parts == 1].sum())) <= 2


def test_single_labels_are_shared_out_exactly():
    labels = np.repeat(np.eye(3, dtype=bool), [50, 30, 20], axis=0)
    parts = stratify(labels, [0.8, 0.1, 0.1], seed=3)
    counts = np.array([labels[parts == part].sum(axis=0) for part in range(3)])
    assert counts.tolist() == [[40, 24, 16], [5, 3, 2], [5, 3, 2]]


def test_a_label_with_one_row_goes_to_the_largest_part():
    labels = np.zeros((100, 2), dtype=bool)
    labels[:, 0] = True
    labels[37, 1] = True
    assert all(stratify(labels, [0.1, 0.8, 0.1], seed=seed)[37] == 1 for seed in range(5))


def test_the_seed_decides():
    labels = skewed_labels(300)
    first = stratify(labels, [0.7, 0.3], seed=4)
    assert (first == stratify(labels, [0.7, 0.3], seed=4)).all()
    assert (first != stratify(labels, [0.7, 0.3], seed=5)).any()


def test_groups_stay_together_and_shares_hold():
    labels = skewed_labels(2_000)
    groups = np.random.default_rng(2).integers(0, 1_500, len(labels))
    labels = labels[groups]  # rows of a group are equal
    shares = np.array([0.8, 0.1, 0.1])
    parts = stratify(labels, shares, seed=2, groups=groups)
    for group in np.unique(groups):
        assert len(set(parts[groups == group].tolist())) == 1
    np.testing.assert_allclose(np.bincount(parts) / len(labels), shares, atol=0.01)
    assert distance(labels, parts, shares) < 4


def test_a_group_too_large_for_a_small_part_goes_to_the_large_one():
    groups = np.array([0] * 30 + list(range(1, 71)))
    parts = stratify(np.ones((100, 1), dtype=bool), [0.1, 0.9], seed=0, groups=groups)
    assert (parts[:30] == 1).all()
    assert np.bincount(parts).tolist() == [10, 90]


def test_rows_without_label_go_where_there_is_room():
    labels = np.zeros((100, 3), dtype=bool)
    assert np.bincount(stratify(labels, [0.9, 0.1], seed=0)).tolist() == [90, 10]
    groups = np.arange(100) // 2
    assert np.bincount(stratify(labels, [0.9, 0.1], seed=0, groups=groups)).tolist() == [90, 10]


def test_very_many_labels_are_dealt_by_single_labels():
    labels = np.random.default_rng(0).random((600, 150)) < 0.02
    parts = stratify(labels, [0.5, 0.5], seed=0)
    assert distance(labels, parts, np.array([0.5, 0.5])) < 2


@settings(max_examples=60, deadline=None)
@given(
    labels=st.tuples(st.integers(0, 30), st.integers(1, 5)).flatmap(lambda s: arrays(bool, s)),
    n_parts=st.integers(1, 4),
)
def test_every_row_gets_a_part(labels, n_parts):
    parts = stratify(labels, [1.0] * n_parts, seed=0)
    assert parts.shape == (len(labels),)
    assert ((parts >= 0) & (parts < n_parts)).all()
    # Rows without any pair of labels differ in size by a few at most.
    assert np.ptp(np.bincount(parts, minlength=n_parts)) <= 2 * labels.shape[1] + 2


def test_it_is_as_good_as_the_package_that_needs_scikit_learn():
    stratifiers = pytest.importorskip("iterstrat.ml_stratifiers")
    labels = skewed_labels(3_000)
    labels = labels[labels.any(axis=1)]
    shares = np.full(5, 0.2)
    theirs = np.zeros(len(labels), dtype=int)
    folds = stratifiers.MultilabelStratifiedKFold(5, shuffle=True, random_state=0)
    for number, (_, test) in enumerate(folds.split(labels, labels)):
        theirs[test] = number
    ours = stratify(labels, shares, seed=0)
    assert distance(labels, ours, shares) <= distance(labels, theirs, shares) + 0.1

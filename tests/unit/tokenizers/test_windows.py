from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emoscope.tokenizers.windows import Windows, batches_by_length, cut, join


def test_short_texts_are_one_window_each():
    windows = cut([[5, 6], [], [7]], max_length=6, prefix=(1,), suffix=(2,))
    assert windows.ids == [[1, 5, 6, 2], [1, 2], [1, 7, 2]]
    assert windows.owners.tolist() == [0, 1, 2]
    assert windows.split_texts.tolist() == []


def test_long_text_is_cut_into_overlapping_windows():
    # room 8, stride 6: starts 0, 6, and the last at 15 - 8 = 7
    windows = cut([list(range(15))], max_length=8)
    assert windows.ids == [list(range(8)), list(range(6, 14)), list(range(7, 15))]
    assert windows.split_texts.tolist() == [0]


def test_text_that_just_fits_is_not_cut():
    assert len(cut([[9] * 4], max_length=6, prefix=(1,), suffix=(2,)).ids) == 1
    assert len(cut([[9] * 5], max_length=6, prefix=(1,), suffix=(2,)).ids) == 2


def test_no_room_is_refused():
    with pytest.raises(ValueError, match="max_length 2 leaves no room beside 2 special"):
        cut([[5]], max_length=2, prefix=(1,), suffix=(2,))


def two_texts() -> tuple[np.ndarray, Windows]:
    windows = cut([[0], list(range(6)), [1]], max_length=4)
    assert windows.owners.tolist() == [0, 1, 1, 2]
    scores = np.array([[1, 1], [-4, 2], [2, -6], [0, 5]], dtype=np.float32)
    return scores, windows


def test_joining_takes_the_maximum_of_independent_labels():
    scores, windows = two_texts()
    assert join(scores, windows, "multi_label").tolist() == [[1, 1], [2, 2], [0, 5]]


def test_joining_takes_the_mean_of_one_choice():
    scores, windows = two_texts()
    joined = join(scores, windows, "single_label")
    assert joined.tolist() == [[1, 1], [-1, -2], [0, 5]]
    assert joined.dtype == np.float32


def test_joining_nothing():
    empty = np.empty((0, 3), dtype=np.float32)
    assert join(empty, cut([], 8), "multi_label").shape == (0, 3)


@given(
    st.lists(st.integers(0, 60), max_size=8),
    st.integers(3, 20),
    st.sampled_from([(), (1,)]),
    st.sampled_from([(), (2,)]),
)
def test_every_token_is_in_a_window_and_no_window_is_too_long(lengths, max_length, prefix, suffix):
    bodies = [list(range(100, 100 + n)) for n in lengths]
    windows = cut(bodies, max_length, prefix, suffix)
    assert windows.n_texts == len(lengths)
    for owner, body in enumerate(bodies):
        mine = [w for w, o in zip(windows.ids, windows.owners, strict=True) if o == owner]
        assert mine
        pieces = [w[len(prefix) : len(w) - len(suffix)] for w in mine]
        assert sorted({t for piece in pieces for t in piece}) == body
        assert all(len(w) <= max_length for w in mine)
        assert len({len(w) for w in mine}) == 1  # no stump
        assert sum(pieces[0] == piece for piece in pieces) == 1


def test_batches_group_like_lengths_longest_first():
    batches = batches_by_length([3, 9, 1, 9, 4], batch_size=2)
    assert [b.tolist() for b in batches] == [[1, 3], [4, 0], [2]]
    assert batches_by_length([], 4) == []

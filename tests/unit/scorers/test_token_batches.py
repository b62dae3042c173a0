from __future__ import annotations

import itertools

import numpy as np
import pytest

from emoscope.scorers import token_batches as batching
from emoscope.scorers.token_batches import batches_by_tokens, chunks


def test_batches_hold_like_lengths_and_stay_within_the_bound():
    lengths = [3, 9, 3, 4, 9, 5]
    batches = batches_by_tokens(lengths, most=12)
    # longest first: 9 | 9 | 5 and 4 (2 * 5 <= 12) | 3 and 3
    assert [[lengths[i] for i in batch] for batch in batches] == [[9], [9], [5, 4], [3, 3]]


def test_every_window_is_in_exactly_one_batch():
    lengths = np.random.default_rng(0).integers(1, 60, 500)
    batches = batches_by_tokens(lengths.tolist(), most=128)
    assert sorted(np.concatenate(batches).tolist()) == list(range(500))
    padded = [len(batch) * lengths[batch].max() for batch in batches]
    assert max(padded) <= 128
    assert sum(padded) < 1.05 * lengths.sum(), "hardly any padding"


def test_a_window_beyond_the_bound_is_a_batch_of_its_own():
    assert [b.tolist() for b in batches_by_tokens([50, 2], most=10)] == [[0], [1]]


def test_nothing_to_do():
    assert batches_by_tokens([], most=10) == []


def test_chunks_end_after_so_many_texts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batching, "CHUNK_TEXTS", 2)
    assert list(chunks(["a", "b", "c"])) == [["a", "b"], ["c"]]
    assert list(chunks([])) == []


def test_chunks_end_early_after_long_texts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batching, "CHUNK_CHARACTERS", 10)
    assert list(chunks(["a" * 12, "b" * 4, "c" * 6, "d"])) == [
        ["a" * 12],
        ["b" * 4, "c" * 6],
        ["d"],
    ]


def test_chunks_take_from_an_endless_supply():
    supply = chunks("x" for _ in itertools.count())
    assert len(next(supply)) == batching.FIRST_CHUNK_TEXTS, "the first is soon with the workers"
    assert len(next(supply)) == len(next(supply)) == batching.CHUNK_TEXTS

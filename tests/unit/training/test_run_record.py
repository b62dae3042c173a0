from __future__ import annotations

from dataclasses import replace

import numpy as np

from emoscope.training.run_record import differences, fingerprint


def test_differences():
    before = {"a": 1, "b": {"c": [1, 2], "d": None}, "gone": True}
    now = {"a": 1, "b": {"c": (1, 2), "d": "x"}, "new": 0.5}
    assert list(differences(before, now)) == [
        'b.d was not set and is "x"', "gone was true and is not set", "new was not set and is 0.5",
    ]  # fmt: skip


def test_a_fingerprint_sees_texts_labels_votes_and_order(tiny_examples):
    first = fingerprint(tiny_examples, "train")
    assert first == fingerprint(tiny_examples, "train")
    rows = np.arange(len(tiny_examples))
    rows[[0, 1]] = rows[[1, 0]]
    assert fingerprint(tiny_examples.select(rows), "train") != first
    votes = [np.full(tiny_examples.labels.shape, share, dtype=np.float32) for share in (0.2, 0.4)]
    voted = {fingerprint(replace(tiny_examples, soft_labels=v), "train") for v in votes}
    assert len(voted | {first}) == 3

from __future__ import annotations

import numpy as np

from emoscope.evaluation.label_cooccurrence import count_pairs


def test_pairs_by_hand() -> None:
    held = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]], dtype=bool)
    assert count_pairs(held).tolist() == [[3, 2, 1], [2, 2, 1], [1, 1, 1]]

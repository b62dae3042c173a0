"""How many texts have both labels of each pair."""

from __future__ import annotations

import numpy as np

from emoscope.arrays import Bools, Ints


def count_pairs(held: Bools) -> Ints:
    """Texts with both labels, (n_labels, n_labels), of labels (n, n_labels)."""
    as_number = held.astype(np.int64)
    return as_number.T @ as_number

"""How many texts have both labels of each pair."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def count_pairs(held: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Texts with both labels, (n_labels, n_labels), of labels (n, n_labels)."""
    as_number = held.astype(np.int64)
    return as_number.T @ as_number

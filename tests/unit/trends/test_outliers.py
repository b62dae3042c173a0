from __future__ import annotations

import numpy as np
import pytest

from emoscope.trends.periods import main_range

YEAR = 366 * 86_400


@pytest.mark.parametrize(
    ("years", "texts", "expected"),
    [
        ([0, 54, 54.1], [1, 1, 1], (1, 2)),
        ([0, 54, 54.1, 8000], [1, 50, 50, 1], (1, 2)),
        ([50, 54, 90], [30, 30, 1], (0, 1)),
        ([0, 54], [30, 100], (0, 1)),  # many texts are no mistake
        ([50, 51.5, 55, 56], [1, 50, 50, 50], (0, 3)),  # no further away than the others reach
        ([0, 0.5], [1, 100], (0, 1)),
        ([0], [1], (0, 0)),
        ([0, 10], [1, 1], (1, 1)),
    ],
)
def test_few_texts_far_away_are_outlying(
    years: list[float], texts: list[int], expected: tuple[int, int]
) -> None:
    starts = (np.array(years) * YEAR).astype(np.int64)
    assert main_range(starts, np.array(texts)) == expected

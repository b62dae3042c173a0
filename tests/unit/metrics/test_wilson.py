from __future__ import annotations

import numpy as np
import pytest

from emoscope.errors import DecisionError
from emoscope.metrics.wilson import wilson


def test_one_of_ten_worked_by_hand() -> None:
    # z = 1.959964, z^2 = 3.841459; middle .1 + 3.841459 / 20 = .292073;
    # half 1.959964 * sqrt(.09 / 10 + 3.841459 / 400) = .267330; both over 1.3841459
    low, high = wilson(1, 10)
    assert float(low) == pytest.approx(0.017876, abs=1e-6)
    assert float(high) == pytest.approx(0.404150, abs=1e-6)


def test_none_and_all_touch_the_ends_exactly() -> None:
    # with no hits the upper end is z^2 / (n + z^2) = 3.841459 / 13.841459
    low, high = wilson([0, 10], 10)
    assert low[0] == 0.0
    assert high[0] == pytest.approx(0.277533, abs=1e-6)
    assert low[1] == pytest.approx(1 - 0.277533, abs=1e-6)
    assert high[1] == 1.0


def test_more_trials_are_narrower_and_a_higher_level_wider() -> None:
    low, high = wilson([30, 300, 3000], [100, 1000, 10_000])
    assert (np.diff(high - low) < 0).all()
    sure_low, sure_high = wilson(30, 100, 0.99)
    assert sure_low < low[0] < 0.3 < high[0] < sure_high


def test_without_trials_nothing_is_known() -> None:
    low, high = wilson([0, 1], [0, 2])
    assert np.isnan([low[0], high[0]]).all()
    assert not np.isnan([low[1], high[1]]).any()


def test_it_holds_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    low, high = wilson(random.binomial(40, 0.1, size=20_000), 40)
    assert ((low <= 0.1) & (high >= 0.1)).mean() == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_levels_that_are_none(level: float) -> None:
    with pytest.raises(DecisionError, match=r"0\.95 is usual"):
        wilson(1, 2, level)

from __future__ import annotations

import numpy as np
import pytest

from emoscope.trends import Trends
from emoscope.trends.changes import furthest_change
from emoscope.trends.counting import Counts


def of(texts: list[list[int]], held: list[list[list[int]]]) -> Trends:
    n_groups, n_labels = len(texts), len(held[0][0])
    periods = np.arange(100, 100 + len(texts[0]))
    counts = Counts("month", periods, np.array(texts), np.array(held))
    return Trends(("joy", "fear")[:n_labels], ("a", "b")[:n_groups], counts, time="when")


def test_a_real_change_is_found_and_told_from_chance() -> None:
    found = furthest_change(of([[400, 400, 400]], [[[40, 20], [42, 20], [120, 22]]]))
    assert found is not None
    assert (found.label, found.rare, found.frequent) == ("joy", "1978-05", "1978-07")
    assert (found.rare_share, found.frequent_share) == (0.1, 0.3)
    assert found.beyond_chance
    assert found.shares == 6


def test_one_text_of_one_is_no_peak() -> None:
    found = furthest_change(of([[500, 1, 500]], [[[50], [1], [150]]]))
    assert found is not None
    assert found.frequent == "1978-07"


def test_the_group_is_named() -> None:
    found = furthest_change(of([[90, 90], [90, 90]], [[[9], [9]], [[1], [80]]]))
    assert found is not None
    assert found.group == "b"


def test_noise_is_seldom_called_a_change() -> None:
    random = np.random.default_rng(0)
    called = 0
    for _ in range(100):
        held = random.binomial(200, 0.1, size=(1, 24, 2))
        found = furthest_change(of([[200] * 24], held.tolist()))
        assert found is not None
        called += found.beyond_chance
    assert called <= 5


@pytest.mark.parametrize("texts", [[[5, 0]], [[0, 5]]])
def test_one_period_has_no_change(texts: list[list[int]]) -> None:
    assert furthest_change(of(texts, [[[0], [0]]])) is None

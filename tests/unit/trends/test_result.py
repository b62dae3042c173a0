from __future__ import annotations

import numpy as np
import pytest

from emoscope.errors import DataError, UnknownLabel
from emoscope.trends import Trends
from emoscope.trends.result import shown_group


def test_shares_and_intervals_of_hand(two_groups: Trends) -> None:
    assert two_groups.share[0].tolist() == [[0.1, 0.5], pytest.approx([np.nan] * 2, nan_ok=True),
                                            [1.0, 0.0]]  # fmt: skip
    low, high = two_groups.interval()
    assert (low[0, 0, 0], high[0, 0, 0]) == pytest.approx((0.017876, 0.404150), abs=1e-6)
    assert np.isnan(low[0, 1]).all()
    assert np.isnan(high[1, 1:]).all()
    assert high[0, 2, 0] == 1.0


def test_periods_have_names_and_edges(two_groups: Trends) -> None:
    assert two_groups.periods == ["2024-03-05", "2024-03-06", "2024-03-07"]
    assert [str(edge)[:10] for edge in two_groups.edges] == [*two_groups.periods, "2024-03-08"]


def test_frequent_ones_come_first_and_neutral_only_if_there_is_room(two_groups: Trends) -> None:
    assert two_groups.frequent_labels(2) == ("joy", "neutral")
    assert two_groups.frequent_labels(1) == ("joy",)
    assert two_groups.select(groups=["a"]).frequent_labels(2) == ("joy", "neutral")
    assert two_groups.frequent_groups(1) == ("a",)


def test_selecting_keeps_counts_and_the_order_asked_for(two_groups: Trends) -> None:
    some = two_groups.select(["neutral", "joy"], [""])
    assert (some.labels, some.groups) == (("neutral", "joy"), ("",))
    assert some.texts.tolist() == [[2, 0, 0]]
    assert some.held[0, 0].tolist() == [0, 2]
    assert two_groups.select().held.tolist() == two_groups.held.tolist()


def test_unknown_names_are_met_with_the_nearest(two_groups: Trends) -> None:
    with pytest.raises(UnknownLabel, match="Did you mean 'neutral'"):
        two_groups.select(["neutrl"])
    with pytest.raises(DataError, match="no value of 'source' 'b'"):
        two_groups.select(groups=["b"])


def test_an_empty_name_can_be_seen() -> None:
    assert [shown_group("a"), shown_group(" ")] == ["a", "(empty)"]

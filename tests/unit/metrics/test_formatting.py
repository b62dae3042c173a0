from __future__ import annotations

import math

import pytest

from emoscope.metrics.formatting import count, interval, joined, number, percent, signed


def test_numbers_have_three_decimals_and_a_dash_where_undefined() -> None:
    assert number(0.48111) == "0.481"
    assert number(math.nan) == number(None) == number(math.inf) == "–"
    assert interval(0.4, 0.55) == "0.400 to 0.550"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0123, "+0.012"), (-0.0123, "−0.012"), (-0.0001, "0.000"), (0.0, "0.000")]
)
def test_a_difference_has_its_sign_unless_it_rounds_to_nothing(value: float, text: str) -> None:
    assert signed(value) == text


def test_counts_and_shares() -> None:
    assert count(1, "text") == "1 text"
    assert count(5427, "text") == "5,427 texts"
    assert percent(0.0734) == "7.3 %"


def test_joined_names_the_first_and_counts_the_rest() -> None:
    assert joined([]) == "none"
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert joined(["a", "b", "c", "d"], limit=2) == "a, b and 2 more"

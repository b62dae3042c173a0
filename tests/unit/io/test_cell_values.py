from __future__ import annotations

import math
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from emoscope.io.cell_values import as_cell, as_json


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("a,b", "a,b"),
        ("nul\0", "nul\ufffd"),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (12345678901234567890, "12345678901234567890"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
        ([1, "é"], '[1, "é"]'),
        ({"a": None}, '{"a": null}'),
        (date(2024, 1, 2), "2024-01-02"),
        (datetime(2024, 1, 2, 3, tzinfo=timezone.utc), "2024-01-02T03:00:00+00:00"),
        (timedelta(seconds=90), "0:01:30"),
        (Decimal("1.50"), "1.50"),
        (b"\x00\xff", "AP8="),
    ],
)
def test_cells(value, cell):
    assert as_cell(value) == cell


def test_numbers_that_json_does_not_have_stay_apart_from_null():
    value = {"a": [math.nan, 1.5, None], "b": math.inf, "c": -math.inf}
    assert as_json(value) == '{"a": ["NaN", 1.5, null], "b": "Infinity", "c": "-Infinity"}'


def test_values_inside_lists():
    assert as_json([date(2024, 1, 2), b"x", Decimal("1.5"), (1, 2)]) == (
        '["2024-01-02", "eA==", "1.5", [1, 2]]'
    )

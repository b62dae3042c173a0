from __future__ import annotations

from typing import Any

import pytest

from emoscope.errors import DataError
from emoscope.trends import TrendOptions


def test_bounds_are_seconds() -> None:
    assert TrendOptions(time="when", since="1970-01-02", before="1970-01-03T00:00:01Z").bounds == (
        86_400,
        172_801,
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"every": "year"}, "hour, day, week, month"),
        ({"since": "soon"}, "since is 'soon'"),
        ({"before": "2024"}, "before is '2024'"),
        ({"since": "2024-03-05", "before": "2024-03-05"}, "Swap"),
        ({"groups": ("a",)}, "--by"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        TrendOptions(time="when", **given)

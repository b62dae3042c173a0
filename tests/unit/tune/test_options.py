from __future__ import annotations

import pytest

from emoscope.errors import SearchError
from emoscope.tune.options import SearchOptions, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2h", 7200), ("90m", 5400), ("1h30m", 5400), ("45s", 45), ("45", 45), ("0.5h", 1800),
     ("1H 30M".replace(" ", ""), 5400)],
)  # fmt: skip
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "two hours", "2d", "-5", "h", "30m1h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(SearchError, match="Write 2h, 90m or 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"trials": 0}, "--trials 0"),
        ({"seeds": 0}, "--seeds 0"),
        ({"jobs": -1}, "--jobs -1"),
        ({"timeout": 0.0}, "leaves no time"),
        ({"pruner": "medain"}, r"'medain'. Did you mean 'median'\?"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(SearchError, match=message):
        SearchOptions(**options)  # type: ignore[arg-type]

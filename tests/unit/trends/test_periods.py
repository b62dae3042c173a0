from __future__ import annotations

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from emoscope.trends.periods import Every, Span, main_range, names, numbers, starts

YEAR = 366 * 86_400
UNITS: tuple[Every, ...] = ("hour", "day", "week", "month")


def seconds(*moments: str) -> np.ndarray:
    return np.array(moments, dtype="datetime64[s]").astype(np.int64)


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("hour", ["2024-03-10 23:00", "2024-03-11 00:00", "2024-02-29 12:00", "1969-12-31 23:00"]),
        ("day", ["2024-03-10", "2024-03-11", "2024-02-29", "1969-12-31"]),
        ("week", ["2024-03-04", "2024-03-11", "2024-02-26", "1969-12-29"]),
        ("month", ["2024-03", "2024-03", "2024-02", "1969-12"]),
    ],
)
def test_the_period_of_a_time_and_its_name(every: Every, expected: list[str]) -> None:
    times = seconds(
        "2024-03-10T23:59:59", "2024-03-11T00:00:00", "2024-02-29T12:34:56", "1969-12-31T23:59:59"
    )
    assert names(numbers(times, every), every) == expected


@pytest.mark.parametrize("every", UNITS)
def test_periods_follow_one_another_without_gap_and_hold_their_times(every: Every) -> None:
    times = np.random.default_rng(0).integers(-(10**9), 4 * 10**9, size=500)
    found = numbers(times, every)
    begin = starts(found, every).astype(np.int64)
    end = starts(found + 1, every).astype(np.int64)
    assert ((begin <= times) & (times < end)).all()
    assert (numbers(begin, every) == found).all()
    assert (numbers(end - 1, every) == found).all()


def test_weeks_begin_on_monday_as_the_calendar_has_it() -> None:
    day = datetime(2019, 12, 25, tzinfo=timezone.utc)
    for _ in range(400):
        monday = day - timedelta(days=day.isocalendar().weekday - 1)
        of = numbers(np.array([int(day.timestamp())]), "week")
        assert names(of, "week") == [monday.date().isoformat()]
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("first", "last", "every"),
    [
        ("2024-03-05T10:00:00", "2024-03-05T10:00:00", "hour"),
        ("2024-03-05T10:00:00", "2024-03-08T10:00:00", "hour"),
        ("2024-03-05T10:00:00", "2024-03-08T10:00:01", "day"),
        ("2024-03-05T10:00:00", "2024-06-05T10:00:00", "day"),
        ("2024-03-05T10:00:00", "2024-06-05T10:00:01", "week"),
        ("2024-03-05T10:00:00", "2026-03-05T10:00:00", "week"),
        ("2024-03-05T10:00:00", "2026-03-08T10:00:00", "month"),
        ("2004-03-05T10:00:00", "2026-03-08T10:00:00", "month"),
    ],
)
def test_the_unit_follows_from_the_span(first: str, last: str, every: Every) -> None:
    assert Span.of(seconds(last, first)).unit() == every


def test_dates_have_no_hours_and_months_no_days() -> None:
    assert Span.of(seconds("2024-03-05", "2024-03-06")).unit() == "day"
    assert Span.of(seconds("2024-03-01", "2024-04-01")).unit() == "month"
    assert Span.of(seconds("2024-03-01")).unit() == "day"
    dates = Span.of(seconds("2024-03-05", "2024-03-06"))
    assert dates.plus(Span.of(seconds("2024-03-06T01:00:00"))).unit() == "hour"


def test_spans_join() -> None:
    whole = Span.of(seconds("2024-03-05")).plus(Span.of(seconds("2024-01-01", "2024-02-02")))
    assert (whole.first, whole.last) == tuple(seconds("2024-01-01", "2024-03-05"))
    assert not whole.whole_months


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
    begun = (np.array(years) * YEAR).astype(np.int64)
    assert main_range(begun, np.array(texts)) == expected

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscope.trends.times import read_time

TUESDAY = int(datetime(2024, 3, 5, tzinfo=timezone.utc).timestamp())
HALF_PAST_TWO = TUESDAY + 14 * 3600 + 30 * 60


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2024-03-05", TUESDAY),
        ("2024/3/5", TUESDAY),
        (" 2024-03-05 ", TUESDAY),
        ("2024-03", TUESDAY - 4 * 86_400),
        ("20240305", TUESDAY),
        (20240305, TUESDAY),
        ("2024-03-05T14", TUESDAY + 14 * 3600),
        ("2024-03-05T14:30", HALF_PAST_TWO),
        ("2024-03-05 14:30:00", HALF_PAST_TWO),
        ("2024-03-05T14:30:00Z", HALF_PAST_TWO),
        ("2024-03-05T14:30:00.999999Z", HALF_PAST_TWO),
        ("2024-03-05T14:30:00,5", HALF_PAST_TWO),
        ("2024-03-05 14:30:00 UTC", HALF_PAST_TWO),
        ("2024-03-05T16:30:00+02:00", HALF_PAST_TWO),
        ("2024-03-05T16:30:00+0200", HALF_PAST_TWO),
        ("2024-03-05T16:30:00+02", HALF_PAST_TWO),
        ("2024-03-05T09:00:00-05:30", HALF_PAST_TWO),
        ("2024-03-05T24:00:00", TUESDAY + 86_400),
        ("2024-03-05T23:59:60Z", TUESDAY + 86_400),
        ("20240305T143000Z", HALF_PAST_TWO),
        ("20240305143000", HALF_PAST_TWO),
        (str(HALF_PAST_TWO), HALF_PAST_TWO),
        (f"{HALF_PAST_TWO}.0", HALF_PAST_TWO),
        ("1.7096490e9", 1_709_649_000),
        (HALF_PAST_TWO, HALF_PAST_TWO),
        (HALF_PAST_TWO + 0.75, HALF_PAST_TWO),
        (Decimal(HALF_PAST_TWO), HALF_PAST_TWO),
        (HALF_PAST_TWO * 1000 + 999, HALF_PAST_TWO),
        (HALF_PAST_TWO * 1_000_000, HALF_PAST_TWO),
        (str(HALF_PAST_TWO * 1_000_000_000), HALF_PAST_TWO),
        ("Tue, 05 Mar 2024 15:30:00 +0100", HALF_PAST_TWO),
        ("Tue, 05 Mar 2024 14:30:00 GMT", HALF_PAST_TWO),
        ("Tue Mar 05 14:30:00 +0000 2024", HALF_PAST_TWO),
        (date(2024, 3, 5), TUESDAY),
        (datetime(2024, 3, 5, 14, 30), HALF_PAST_TWO),
        (datetime(2024, 3, 5, 15, 30, tzinfo=timezone(timedelta(hours=1))), HALF_PAST_TWO),
        ("1969-12-31T23:59:59Z", -1),
        ("0001-01-01", -62_135_596_800),
    ],
)
def test_times_that_can_be_read(value: Any, seconds: int) -> None:
    assert read_time(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        None, "", "  ", "yesterday", "nan", "NaT", "None", True, float("nan"), float("inf"), [], {},
        "2024", 2024,  # a year alone
        "05/03/2024", "03/05/2024", "5.3.2024",  # two readings
        0, -1, "17", 99_999_999, "1e400", "1_709_649_000", "１７０９６４９０００",
        "2024-13-01", "2024-02-30", "2024-03-05T25:00", "2024-03-05T14:60", "2024-03-05T24:01",
        "2024-03/05", "2024-03-05T14:30:00+99:00", "2024-03-05 02:30:00 PM", "20241305", "20240230",
        "0000-01-01", "Tue, 99 Mar 2024 14:30:00 GMT", "2024-03-05 or so", "9" * 400,
    ],
)  # fmt: skip
def test_what_is_no_time_is_not_guessed_at(value: Any) -> None:
    assert read_time(value) is None


@settings(deadline=None, max_examples=50)
@given(st.text() | st.from_regex(r"[A-Za-z0-9:+,./ -]{0,30}", fullmatch=True))
def test_no_string_is_too_strange(text: str) -> None:
    found = read_time(text)
    assert found is None or isinstance(found, int)


@settings(deadline=None, max_examples=50)
@given(st.datetimes(min_value=datetime(1973, 4, 1), max_value=datetime(2500, 1, 1)))
def test_what_is_written_is_read_again(moment: datetime) -> None:
    whole = int(moment.replace(microsecond=0, tzinfo=timezone.utc).timestamp())
    assert read_time(moment.isoformat()) == whole
    assert read_time(moment.isoformat(" ", "seconds") + "Z") == whole
    assert read_time(moment) == whole
    assert read_time(str(whole)) == read_time(whole * 1000) == whole

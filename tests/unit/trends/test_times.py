from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emoscope.trends.times import OrderDependent, in_order, read_time

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
        ("2024.03.05 14:30", HALF_PAST_TWO),
        ("2024-065", TUESDAY),
        ("2024-065T14:30Z", HALF_PAST_TWO),
        ("2024-W10-2", TUESDAY),
        ("2024W102T1430", HALF_PAST_TWO),
        ("2024-W10", TUESDAY - 86_400),
        ("202403051430", HALF_PAST_TWO),
        ("20240305T1430", HALF_PAST_TWO),
        ("20240305T153000+0100", HALF_PAST_TWO),
        (20240305.0, TUESDAY),
        ("2024-03-05+01:00", TUESDAY - 3600),
        ("2024-03-05Z", TUESDAY),
        ("2024-03-05 02:30:00 PM", HALF_PAST_TWO),
        ("2024-03-05T15:30:00+01:00[Europe/Berlin]", HALF_PAST_TWO),
        ("2024-03-05 15:30 Europe/Berlin", HALF_PAST_TWO),
        ("2024-07-05 16:30 Europe/Berlin", HALF_PAST_TWO + 122 * 86_400),
        ("2024-03-05 09:30:00 EST", HALF_PAST_TWO),
        ("2024-03-05 14:30:00 +0000 UTC", HALF_PAST_TWO),
        ("2024-03-05 16:30 UTC+2", HALF_PAST_TWO),
        ("2024-03-05 20:00 UTC+5:30", HALF_PAST_TWO),
        ("2024-03-05 13:30:00 \u221201:00", HALF_PAST_TWO),
        ("Tue Mar 05 2024 09:30:00 GMT-0500 (Eastern Standard Time)", HALF_PAST_TWO),
        ("Tue Mar 05 2024 15:30:00 GMT+0100 (Central European Standard Time)", HALF_PAST_TWO),
        ("Tue Mar 05 2024", TUESDAY),
        ("Tue, 05 Mar 2024 09:30:00 EST", HALF_PAST_TWO),
        ("Tue, 05 Mar 2024 08:30:00 CST", HALF_PAST_TWO),
        ("Tuesday, 05-Mar-24 14:30:00 GMT", HALF_PAST_TWO),
        ("Tue, 5 Mar 24 14:30:00 +0000 (UTC)", HALF_PAST_TWO),
        ("Tue Mar  5 14:30:00 2024", HALF_PAST_TWO),
        ("Tue Mar 5 06:30:00 PST 2024", HALF_PAST_TWO),
        ("05/Mar/2024:15:30:00 +0100", HALF_PAST_TWO),
        ("Mar 5, 2024, 2:30:00 PM", HALF_PAST_TWO),
        ("Mar 5, 2024, 2:30:00\u202fPM", HALF_PAST_TWO),
        ("Mar 5, 2024, 12:05:00 AM", TUESDAY + 300),
        ("Mar 5, 2024, 12:05:00 PM", TUESDAY + 43_500),
        ("March 5th, 2024 at 2:30 p.m.", HALF_PAST_TWO),
        ("5 March 2024 14:30", HALF_PAST_TWO),
        ("5 March 2024, 14:30 UTC", HALF_PAST_TWO),
        ("14:30, 5 March 2024 (UTC)", HALF_PAST_TWO),
        ("05-MAR-2024 14:30:00", HALF_PAST_TWO),
        ("2024-Mar-05", TUESDAY),
        ("March 2024", TUESDAY - 4 * 86_400),
        ("5.3.2024", TUESDAY),
        ("05.03.2024 14:30:00", HALF_PAST_TWO),
        ("Tue 05/03/2024", OrderDependent(TUESDAY, None)),
        ("05/03/2024", OrderDependent(TUESDAY, TUESDAY + 59 * 86_400)),
        ("3/15/2024 2:30 PM", OrderDependent(None, HALF_PAST_TWO + 10 * 86_400)),
        ("15-03-2024 14:30", OrderDependent(HALF_PAST_TWO + 10 * 86_400, None)),
        ("5/5/2024", TUESDAY + 61 * 86_400),
        (date(2024, 3, 5), TUESDAY),
        (datetime(2024, 3, 5, 14, 30), HALF_PAST_TWO),
        (datetime(2024, 3, 5, 15, 30, tzinfo=timezone(timedelta(hours=1))), HALF_PAST_TWO),
        ("1969-12-31T23:59:59Z", -1),
        ("0001-01-01", -62_135_596_800),
    ],
)
def test_times_that_can_be_read(value: Any, seconds: int | OrderDependent | None) -> None:
    assert read_time(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        None, "", "  ", "yesterday", "nan", "NaT", "None", True, float("nan"), float("inf"), [], {},
        "2024", 2024,  # a year alone
        "05/03/24", "24/03/05", "5 Mar 24", "45356", 45356.5,  # short years, serial numbers
        "2024-03-05 14:30 CST", "2024-03-05 14:30 IST", "2024-03-05 14:30 BST",  # several zones
        "Tue Mar 05 14:30:00 CST 2024", "2024-03-05 14:30 (Eastern Standard Time)",
        "2024-03-05 14:30 Europe/Atlantis", "2024-03-05T14:30:00Q", "2024-03-05 14:30 PM",
        "2024-03-05 0:30 PM", "2024-03-05 2:30 PMT", "2024-03-05-07", "Mar 2024 14:30",
        "Wed, 05 Mar 2024 14:30:00 GMT", "Tuesday 06/03/2024", "2023-366", "2024-W54-1",
        "5 Marz 2024", "March 32, 2024", "2024-03-05 14:30 - 15:30", "2024-03-05/2024-03-06",
        "Mar 5, 2024 9 o'clock", "14:30", "2:30 PM", "05/Mar/2024 junk", "31/02/2024",
        "2024-03-05T", "5 Mar 2024 14", "2024-03-05 14:30:00 +0100 or so", "x" * 1000,
        0, -1, "17", 99_999_999, "1e400", "1_709_649_000", "１７０９６４９０００",
        "2024-13-01", "2024-02-30", "2024-03-05T25:00", "2024-03-05T14:60", "2024-03-05T24:01",
        "2024-03/05", "2024-03-05T14:30:00+99:00", "20241305", "20240230",
        "0000-01-01", "Tue, 99 Mar 2024 14:30:00 GMT", "2024-03-05 or so", "9" * 400,
    ],
)  # fmt: skip
def test_what_is_no_time_is_not_guessed_at(value: Any) -> None:
    assert read_time(value) is None


def test_an_extreme_time_in_a_zone_is_read_or_left_out() -> None:
    west = timezone(timedelta(hours=-5))
    assert read_time(datetime(1, 1, 1, tzinfo=west)) == -62_135_596_800 + 5 * 3600
    assert read_time(datetime(9999, 12, 31, 23, 59, 59, tzinfo=west)) == 253_402_300_799 + 5 * 3600


def test_an_order_settles_what_depends_on_it() -> None:
    both = OrderDependent(1, 2)
    assert in_order(both, "day-first") == 1
    assert in_order(both, "month-first") == 2
    assert in_order(both, None) is None
    assert in_order(OrderDependent(None, 2), None) == 2
    assert in_order(OrderDependent(None, 2), "day-first") is None
    assert in_order(7, None) == in_order(7, "day-first") == 7


@settings(deadline=None, max_examples=50)
@given(st.text() | st.from_regex(r"[A-Za-z0-9:+,./ -]{0,30}", fullmatch=True))
def test_no_string_is_too_strange(text: str) -> None:
    found = read_time(text)
    assert found is None or isinstance(found, (int, OrderDependent))


@settings(deadline=None, max_examples=50)
@given(st.datetimes(min_value=datetime(1973, 4, 1), max_value=datetime(2500, 1, 1)))
def test_what_is_written_is_read_again(moment: datetime) -> None:
    whole = int(moment.replace(microsecond=0, tzinfo=timezone.utc).timestamp())
    assert read_time(moment.isoformat()) == whole
    assert read_time(moment.isoformat(" ", "seconds") + "Z") == whole
    assert read_time(moment) == whole
    assert read_time(str(whole)) == read_time(whole * 1000) == whole


def test_zones_of_america_are_no_morning():
    assert read_time("2024-03-05 02:30 America/New_York") == read_time("2024-03-05T07:30:00Z")
    assert read_time("2024-03-05 14:30:00 America/Sao_Paulo") == read_time("2024-03-05T17:30:00Z")
    assert read_time("2024-03-05 02:30 PM America/New_York") == read_time("2024-03-05T19:30:00Z")

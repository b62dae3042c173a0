"""When something was written: cells of a time column as seconds since 1970-01-01 UTC.

Read are ISO 8601 (with ``-``, ``/`` or ``.``, without marks as 20240305 and 20240305143000, days of
a year and weeks), seconds, milliseconds, microseconds and nanoseconds of the epoch, mails and feeds
(RFC 5322), JavaScript's ``Date``, C's ``ctime``, months by their English names, 12-hour clocks
and the date and time types of Parquet. A time without zone counts as UTC. Fractions of a second are
dropped. A weekday must fit its date.

05/03/2024 depends on whether the day or the month comes first: see :class:`OrderDependent`.

What is not understood to its last character is not read: a date without its zone would be wrong by
hours. Not read either, since they would be guesses: a year alone, years of two digits, serial
numbers of spreadsheets, and numbers that would be an epoch time before March 1973.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from emoscope.trends.clock import CLOCK, seconds_of_day, zone_offset

DateOrder = Literal["day-first", "month-first"]

READABLE = (
    "Times can be ISO 8601, such as 2024-03-05 or 2024-03-05T14:30:00+01:00, seconds or "
    "milliseconds since 1970, as in mails, Tue, 05 Mar 2024 14:30:00 GMT, or written out, "
    "March 5, 2024, 2:30 PM; zones as an offset or as Europe/Berlin"
)


class OrderDependent(NamedTuple):
    """Seconds in either reading of a date such as 05/03/2024; None where it is no date so."""

    day_first: int | None
    month_first: int | None


Day = tuple[int, int, int]
"""Year, month, day."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY = 86_400
_LEAST = 1e8
"""March 1973 in seconds; every later unit begins where the one before would be in the year 5138."""
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
            "aug august", "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "mon monday", "tue tues tuesday", "wed weds wednesday", "thu thur thurs thursday",
            "fri friday", "sat saturday", "sun sunday",
        )
    )
    for name in names.split()
}  # fmt: skip

_WEEKDAY = r"(?:(?P<weekday>[A-Za-z]{3,9})\.?,? )?"
_MONTH = r"(?P<name>[A-Za-z]{3,9})\.?"
_DAY_NUMBER = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
_DATES = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"{_WEEKDAY}(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)(?!\d)",
        r"(?P<year>\d{4})[-/](?P<month>\d\d?)(?![\d.])",
        r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<year>\d{4})-(?P<of_year>\d{3})(?!\d)",
        r"(?P<year>\d{4})-?W(?P<week>\d\d)(?:-?(?P<of_week>[1-7]))?(?!\d)",
        rf"{_WEEKDAY}{_DAY_NUMBER}(?P<mark>[ /-])(?:of )?{_MONTH},?(?P=mark)"
        r"(?P<year>\d{4})(?!\d)",
        rf"(?P<weekday>[A-Za-z]{{3,9}}),? (?P<day>\d\d?)(?P<mark>[ -]){_MONTH}(?P=mark)"
        r"(?P<short>\d\d)(?!\d)",  # RFC 850; the weekday tells whether that is the year
        rf"{_WEEKDAY}{_MONTH} {_DAY_NUMBER},? (?P<year>\d{{4}})(?!\d)",
        rf"(?P<year>\d{{4}})(?P<mark>[ /-]){_MONTH}(?P=mark)(?P<day>\d\d?)(?!\d)",
        rf"{_MONTH},?[ -](?P<year>\d{{4}})(?!\d)",
        rf"{_WEEKDAY}(?P<first>\d\d?)(?P<mark>[-/.])(?P<second_number>\d\d?)(?P=mark)"
        r"(?P<year>\d{4})(?!\d)",
    )
)
_AFTER_DATE = re.compile(
    rf"(?P<joint>[Tt] ?|:|,? (?:at |@ |[-–|] )?|, ?){CLOCK}(?P<zone>.*)", re.ASCII
)
_COMPACT_CLOCK = re.compile(
    r"[Tt ]?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?:[.,]\d+)?(?P<half>)(?P<zone>\D.*)?",
    re.ASCII,
)
_CLOCK_FIRST = re.compile(rf"{CLOCK}(?P<zone> [A-Z]{{1,5}})?,? (?:on )?(?=\S)", re.ASCII)
_CTIME = re.compile(
    rf"(?P<weekday>[A-Za-z]{{3,9}}),? {_MONTH} (?P<day>\d\d?),? {CLOCK}(?P<zone> [^ ]+)? "
    r"(?P<year>\d{4})",
    re.ASCII,
)
_QUICK = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
_COMPACT_LENGTHS = (8, 12, 14)
"""Digits of 20240305, 202403051430 and 20240305143000."""
_DATE_ZONE = re.compile(r"[Zz]|[+-]\d\d:\d\d", re.ASCII)
_MAIL = re.compile(r"[A-Z][a-z][a-z], \d\d? ")
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE]\+?\d+)?", re.ASCII)
_LONGEST = 120


def read_time(value: Any) -> int | OrderDependent | None:
    """Seconds since 1970-01-01 UTC; None where ``value`` is no time."""
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, datetime):
        try:
            known = value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)
            return math.floor(known.timestamp())
        except (OverflowError, ValueError):  # 0001-01-01 in a zone west of UTC
            return None
    if isinstance(value, date):
        return (value.toordinal() - _EPOCH_DAY) * _DAY
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # what a table with gaps makes of 20240305
    if isinstance(value, (int, float, Decimal)):
        return _of_text(str(value))
    return None


def in_order(time: int | OrderDependent | None, order: DateOrder | None) -> int | None:
    """The seconds with dates in ``order``; without one, only of times that need none."""
    if isinstance(time, OrderDependent):
        if order is None:
            return time.day_first if time.month_first is None else (
                time.month_first if time.day_first is None else None
            )  # fmt: skip
        return time.day_first if order == "day-first" else time.month_first
    return time


def _of_text(text: str) -> int | OrderDependent | None:
    if len(text) > _LONGEST:
        return None
    quick = _QUICK.fullmatch(text)
    if quick is not None:  # most files: no need of the other forms
        return _quick_seconds(quick)
    if text.isdigit() and text.isascii() and len(text) not in _COMPACT_LENGTHS:
        return _of_number(float(text))
    # \s takes in the narrow blank that JavaScript writes before PM; U+200E is Internet Explorer's
    text = re.sub(r"[\s\u200e\u200f]+", " ", text).strip().replace("\u2212", "-")
    if not text.isascii() and not text.replace("–", "-").isascii():
        return None
    for found in _readings(text):
        if found is not None:
            return found
    return _of_number(float(text)) if _NUMBER.fullmatch(text) else None


def _quick_seconds(found: re.Match[str]) -> int | None:
    *parts, zone = found.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    ordinal = _safe(year, month, day)
    if ordinal is None or hour > 24 or minute > 59 or second > 60:
        return None
    if hour == 24 and (minute or second):
        return None
    local = (ordinal - _EPOCH_DAY) * _DAY + hour * 3600 + minute * 60 + second
    ahead = 0 if zone in (None, "Z") else zone_offset(zone, local)
    return None if ahead is None else local - ahead


def _readings(text: str) -> Iterator[int | OrderDependent | None]:
    """What each form makes of ``text``, the most usual first."""
    for form in _DATES:
        found = form.match(text)
        if found is not None:
            yield _with_clock(found, text[found.end() :])
    ctime = _CTIME.fullmatch(text)
    if ctime is not None:
        yield _moment(ctime, ctime, ctime["zone"] or "")
    clock = _CLOCK_FIRST.match(text)
    if clock is not None:
        rest = text[clock.end() :]
        for form in _DATES:
            found = form.match(rest)
            if found is not None and (clock["minute"] or clock["half"]):
                behind = rest[found.end() :]
                if not (clock["zone"] and behind):
                    yield _moment(found, clock, clock["zone"] or behind)


def _with_clock(found: re.Match[str], rest: str) -> int | OrderDependent | None:
    given = found.groupdict()
    if not rest:
        return _moment(found, None, "")
    if not given.keys() & {"day", "of_year", "week", "first"}:
        return None  # a month and something else
    if "mark" not in given and "name" not in given:  # 20240305T143000, 2024-065T14:30
        compact = _COMPACT_CLOCK.fullmatch(rest)
        if compact is not None:
            return _moment(found, compact, compact["zone"] or "")
    clock = _AFTER_DATE.fullmatch(rest)
    if clock is None:  # 2024-03-05Z, 2024-03-05+01:00
        return _moment(found, None, rest) if _DATE_ZONE.fullmatch(rest) else None
    iso = clock["joint"] in ("T", "t", " ") and "name" not in given and "first" not in given
    if clock["joint"] == ":" and given.get("mark") != "/":  # web server: 05/Mar/2024:14:30:00
        return None
    mail = _MAIL.match(found.string) is not None
    return _moment(found, clock, clock["zone"], hour_alone=iso, mail=mail)


def _moment(
    found: re.Match[str],
    clock: re.Match[str] | None,
    zone: str,
    *,
    hour_alone: bool = False,
    mail: bool = False,
) -> int | OrderDependent | None:
    """A match of a date, one of a clock or None for midnight, and what is written of the zone."""
    of_day = 0 if clock is None else seconds_of_day(clock, hour_alone=hour_alone)
    if of_day is None:
        return None
    given = found.groupdict()

    def seconds(day: int | None) -> int | None:
        if day is None:
            return None
        weekday = given.get("weekday")
        if weekday is not None and _WEEKDAYS.get(weekday.lower()) != (day - 1) % 7:
            return None
        local = (day - _EPOCH_DAY) * _DAY + of_day
        ahead = zone_offset(zone, local, mail=mail)
        return None if ahead is None else local - ahead

    if given.get("first") is None:
        return seconds(_ordinal(given))
    year, first, second = int(given["year"]), int(given["first"]), int(given["second_number"])
    day_first = seconds(_safe(year, second, first))
    month_first = None if given["mark"] == "." else seconds(_safe(year, first, second))
    if given["mark"] == "." or day_first == month_first:  # with dots, the day is first everywhere
        return day_first
    return OrderDependent(day_first, month_first)


def _ordinal(given: dict[str, str | None]) -> int | None:
    """The proleptic Gregorian ordinal of a date in its parts; None where there is no such day."""
    short = given.get("short")
    year = int(given.get("year") or 0) if short is None else _four_digits(int(short))
    if given.get("of_year"):
        day = int(given["of_year"] or 0)
        start = _safe(year, 1, 1)
        last = _safe(year, 12, 31)
        return start + day - 1 if start and last and 1 <= day <= last - start + 1 else None
    if given.get("week"):
        try:
            week, of_week = int(given["week"] or 0), int(given.get("of_week") or 1)
            return date.fromisocalendar(year, week, of_week).toordinal()
        except ValueError:
            return None
    name = given.get("name")
    month = _MONTHS.get(name.lower(), 0) if name else int(given.get("month") or 0)
    return _safe(year, month, int(given.get("day") or 1))


def _four_digits(year: int) -> int:
    return year + (1900 if year > 68 else 2000)  # as POSIX does


def _safe(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        return None


def _of_number(number: float) -> int | None:
    if number < _LEAST:
        return None
    return next((math.floor(number / unit) for end, unit in _UNITS if number < end), None)

"""When something was written: cells of a time column as seconds since 1970-01-01 UTC.

Read are ISO 8601 (with ``-``, with ``/``, and without marks as 20240305 and 20240305143000),
seconds, milliseconds, microseconds and nanoseconds of the epoch, the dates of mails and feeds
(RFC 5322, ``Tue, 05 Mar 2024 14:30:00 +0100``), and the date and time types of Parquet. A time
without zone counts as UTC. Fractions of a second are dropped.

Not read, since they would be guesses: a year alone, days and months in either order (05/03/2024),
and numbers that would be an epoch time before March 1973, which are years, counters or ids.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timezone
from decimal import Decimal
from email.utils import parsedate_tz
from typing import Any

READABLE = (
    "Times can be ISO 8601, such as 2024-03-05 or 2024-03-05T14:30:00+01:00, seconds or "
    "milliseconds since 1970, or as in mails, Tue, 05 Mar 2024 14:30:00 GMT"
)

_ZONE = r"(?P<zone>[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?"
_ISO = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/])(?P<month>\d\d?)(?:(?P=mark)(?P<day>\d\d?)"
    r"(?:[Tt ]\s*(?P<hour>\d\d?)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?"
    rf"\s*{_ZONE})?)?",
    re.ASCII,
)
_COMPACT = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"
    rf"(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?:[.,]\d+)?{_ZONE})?",
    re.ASCII,
)
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE]\+?\d+)?", re.ASCII)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY = 86_400
_LEAST = 1e8
"""March 1973 in seconds; every later unit begins where the one before would be in the year 5138."""
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))


def read_time(value: Any) -> int | None:
    """Seconds since 1970-01-01 UTC; None where ``value`` is no time."""
    if isinstance(value, str):
        return _of_text(value.strip())
    if isinstance(value, datetime):
        known = value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)
        return math.floor(known.timestamp())
    if isinstance(value, date):
        return (value.toordinal() - _EPOCH_DAY) * _DAY
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float, Decimal)):
        return _of_text(str(value))
    return None


def _of_text(text: str) -> int | None:
    found = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is not None:
        return _of_parts(found)
    if _NUMBER.fullmatch(text):
        return _of_number(float(text))
    return _of_mail(text)


def _of_parts(found: re.Match[str]) -> int | None:
    year, month, day, hour, minute, second, zone = found.group(
        "year", "month", "day", "hour", "minute", "second", "zone"
    )
    clock = int(hour or 0), int(minute or 0), int(second or 0)
    return _seconds((int(year), int(month), int(day or 1)), clock, _offset(zone))


def _seconds(
    day: tuple[int, int, int], clock: tuple[int, int, int], offset: int | None
) -> int | None:
    hour, minute, second = clock
    if offset is None or hour > 24 or minute > 59 or second > 60:  # 60: a leap second
        return None
    if hour == 24 and (minute or second):  # ISO 8601 knows the midnight that ends a day
        return None
    try:
        days = date(*day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    return days * _DAY + hour * 3600 + minute * 60 + second - offset


def _offset(zone: str | None) -> int | None:
    """Seconds that a zone is ahead of UTC; None where no clock is so far."""
    if zone is None or zone in ("Z", "z", "UTC", "GMT"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > 3 else 0
    if hours > 18 or minutes > 59:
        return None
    return (-1 if zone[0] == "-" else 1) * (hours * 3600 + minutes * 60)


def _of_number(number: float) -> int | None:
    if number < _LEAST:
        return None
    return next((math.floor(number / unit) for end, unit in _UNITS if number < end), None)


def _of_mail(text: str) -> int | None:
    try:
        found = parsedate_tz(text)
    except (ValueError, IndexError, TypeError):  # it promises None and does not always keep that
        return None
    if found is None:
        return None
    year, month, day, hour, minute, second = found[:6]
    return _seconds((year, month, day), (hour, minute, second), found[9] or 0)

"""Times of day and zones, as they are written behind a date.

Read are 24-hour and 12-hour clocks (``9:20:00 PM``, ``2 p.m.``), offsets (``+01:00``, ``-0500``,
``GMT-0500 (Eastern Standard Time)``, ``UTC+2``), zones of the IANA database (``Europe/Berlin``)
and abbreviations that mean one zone. CST, IST, BST and AST mean several and are not read.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

CLOCK = (
    r"(?P<hour>\d\d?)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?"
    r"(?: ?(?P<half>[AaPp])(?:[Mm](?![A-Za-z])|\.[Mm]\.))?"
)

_UTC = frozenset(("Z", "z", "UTC", "GMT", "UT", "utc", "gmt"))
_HOURS = {
    "EST": -5, "EDT": -4, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8,
    "HST": -10, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "SAST": 2, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "AWST": 8, "ACST": 9.5,
    "ACDT": 10.5, "NZST": 12, "NZDT": 13,
}  # fmt: skip
_MAIL_HOURS = {"CST": -6, "CDT": -5}
"""What RFC 5322 says of two more in mails, where they cannot mean China or Cuba."""
_OFFSET = re.compile(
    r"(?:(?P<base>UTC|GMT|UT) ?)?"
    r"(?P<sign>[+-])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?(?P<more>.*)",
    re.ASCII,
)
_COMMENT = re.compile(r"(?: ?\([^()]*\)| ?\[[\w/+-]+\]| (?:[A-Z]{2,5}|[+-]\d\d(?:\d\d)?))?")
_AREA = re.compile(r"[A-Z][A-Za-z_]+(?:/[A-Za-z_+-]+\d{0,2}){1,2}", re.ASCII)


def seconds_of_day(found: re.Match[str], *, hour_alone: bool) -> int | None:
    """Seconds since midnight of a match of :data:`CLOCK`; None where no clock shows that.

    An hour without minutes counts with AM or PM, and otherwise only with ``hour_alone``.
    """
    given = found["hour"], found["minute"], found["second"]
    hour, minute, second = (int(part or 0) for part in given)
    half = (found["half"] or "").lower()
    if minute > 59 or second > 60 or (given[1] is None and not half and not hour_alone):
        return None  # 60: a leap second
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    elif hour > 24 or (hour == 24 and (minute or second)):
        return None  # ISO 8601 knows the midnight that ends a day
    return hour * 3600 + minute * 60 + second


def zone_offset(text: str, local: int, *, mail: bool = False) -> int | None:
    """Seconds that a zone is ahead of UTC at ``local`` seconds since 1970 there; None if unknown.

    No zone at all is UTC.
    """
    text = text.strip()
    if text[:1] + text[-1:] in ("()", "[]"):
        text = text[1:-1]
    if not text or text in _UTC:
        return 0
    found = _OFFSET.fullmatch(text)
    if found is not None:
        return _numeric(found)
    name = _COMMENT.sub("", text) if text.endswith((")", "]")) else text
    if name in _UTC:
        return 0
    hours = _HOURS.get(name, _MAIL_HOURS.get(name) if mail else None)
    if hours is not None:
        return int(hours * 3600)
    zone = _zone(name) if _AREA.fullmatch(name) else None
    if zone is None:
        return None
    try:
        moment = datetime.fromtimestamp(local, timezone.utc).replace(tzinfo=zone)
        ahead = moment.utcoffset()
    except (OverflowError, ValueError, OSError):
        return None
    return None if ahead is None else int(ahead.total_seconds())


def _numeric(found: re.Match[str]) -> int | None:
    hours, minutes = int(found["hours"]), int(found["minutes"] or 0)
    if len(found["hours"]) == 1 and found["base"] is None:
        return None
    if hours > 18 or minutes > 59 or _COMMENT.fullmatch(found["more"]) is None:
        return None
    return (-1 if found["sign"] == "-" else 1) * (hours * 3600 + minutes * 60)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None

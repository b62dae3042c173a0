"""Values of JSON and Parquet as strings for CSV and as JSON.

Times are ISO 8601, with nine digits of a second where microseconds do not hold them. Numbers that
JSON does not have are the strings ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``, so that they stay
apart from null, which is a missing value. Bytes that are no text are base64.
"""

from __future__ import annotations

import base64
import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any


class ExactNumber(float):
    """A JSON number that a 64-bit float does not hold exactly, with its digits as written."""

    def __new__(cls, text: str) -> ExactNumber:
        """Keep ``text`` beside the nearest float."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str


def as_cell(value: Any) -> str:
    """A value as a CSV cell: strings as they are, nothing for None, lists and objects as JSON."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd") if "\0" in value else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, ExactNumber):
        return value.text
    if isinstance(value, (int, float)):
        return repr(value)
    plain = as_plain(value)
    return plain if isinstance(plain, str) else as_json(plain)


def as_json(value: Any) -> str:
    """A value as JSON; see above for what JSON does not have."""
    if isinstance(value, ExactNumber):
        return value.text
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else _NOT_FINITE[repr(value)]
    if isinstance(value, dict):
        items = (f"{encode_basestring(str(key))}: {as_json(item)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(as_json, value)) + "]"
    if value is None or isinstance(value, (str, int)):
        return _ENCODER.encode(value)
    plain = as_plain(value)
    return as_json(str(value) if plain is value else plain)


def without_formula(cell: str) -> str:
    """``cell`` with an apostrophe in front if a spreadsheet would take it for a formula."""
    return "'" + cell if cell.startswith(_FORMULA_STARTS) else cell


def as_plain(value: Any) -> Any:
    """What JSON has for a value of Parquet: ISO 8601 for times, base64 for bytes."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, (Decimal, timedelta)):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    return value


_NOT_FINITE = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}
_ENCODER = json.JSONEncoder(ensure_ascii=False)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that OWASP names for CSV injection."""

"""Values of JSON and Parquet as strings for CSV and as JSON."""

from __future__ import annotations

import base64
import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def as_cell(value: Any) -> str:
    """A value as a CSV cell: strings as they are, nothing for None, lists and objects as JSON."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd") if "\0" in value else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    plain = as_plain(value)
    return plain if isinstance(plain, str) else as_json(plain)


def as_json(value: Any) -> str:
    """A value as JSON; numbers that JSON does not have (NaN, infinities) are null."""
    try:
        return _ENCODER.encode(value)
    except ValueError:
        return _ENCODER.encode(_finite(value))


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


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def _default(value: Any) -> Any:
    plain = as_plain(value)
    if plain is value:  # a type that json would ask about for ever
        return str(value)
    return plain


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_default)

"""Time columns of Parquet, of every type, unit and zone: read, or left out and shown."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from emoscope.inference.classifier import EmotionClassifier
from emoscope.trends import TrendOptions, Trends, measure_trends

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

MARCH = 1_709_649_000
"""2024-03-05 14:30 UTC."""


def measured(tmp_path: Path, classifier: EmotionClassifier, times: object) -> Trends:
    table = pa.table({"text": ["joy"] * len(times), "when": times})
    parquet.write_table(table, tmp_path / "t.parquet")
    return measure_trends(
        tmp_path / "t.parquet", TrendOptions(time="when", every="day"), classifier
    )


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "+05:30", "America/New_York"])
def test_timestamps_of_every_unit_and_zone(
    unit: str, zone: str | None, goemotions_classifier: EmotionClassifier, tmp_path: Path
) -> None:
    size = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    times = pa.array([MARCH * size, None], pa.timestamp(unit, zone))
    found = measured(tmp_path, goemotions_classifier, times)
    assert found.periods == ["2024-03-05"]
    assert found.left_out.untimed == 1


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([date(2024, 3, 5)], pa.date32()),
        ([date(2024, 3, 5)], pa.date64()),
        ([datetime(2024, 3, 5, 14)], pa.timestamp("us")),
        (["Mar 5, 2024, 2:30 PM"], pa.string()),
        ([MARCH], pa.int64()),
        ([float(MARCH)], pa.float64()),
    ],
)
def test_dates_numbers_and_strings(
    values: list[object], kind: object, goemotions_classifier: EmotionClassifier, tmp_path: Path
) -> None:
    found = measured(tmp_path, goemotions_classifier, pa.array(values, kind))
    assert found.periods == ["2024-03-05"]


@pytest.mark.parametrize(
    ("value", "kind", "period"),
    [
        (-62_135_596_800, pa.timestamp("s", "America/New_York"), "0001-01-01"),
        (253_402_300_799, pa.timestamp("s", "Asia/Tokyo"), "9999-12-31"),
        (MARCH, pa.timestamp("s", "Mars/Olympus"), "2024-03-05"),
        (2**50, pa.timestamp("s"), None),
        (-(2**63), pa.timestamp("us", "UTC"), None),
        (-(2**62), pa.timestamp("ms", "Europe/Berlin"), None),
        (2**31 - 1, pa.date32(), None),
        (2**62, pa.date64(), None),
    ],
)
def test_extreme_dates_and_odd_zones_are_read_or_left_out(
    value: int,
    kind: object,
    period: str | None,
    goemotions_classifier: EmotionClassifier,
    tmp_path: Path,
) -> None:
    if pa.types.is_timestamp(kind):
        march = MARCH * {"s": 1, "ms": 10**3, "us": 10**6}[kind.unit]
    else:
        march = MARCH // 86_400 * (1 if kind == pa.date32() else 86_400_000)
    stored = pa.int32() if kind == pa.date32() else pa.int64()
    times = pa.array([value, march], stored).view(kind)
    found = measured(tmp_path, goemotions_classifier, times)
    assert "2024-03-05" in found.periods
    if period is None:
        assert found.left_out.untimed == 1
    else:
        assert period in found.periods

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from emoscope.errors import DataError
from emoscope.trends import counting
from emoscope.trends.counting import PeriodCounter
from emoscope.trends.periods import Every, names, numbers

DAY = 86_400
MARCH = int(np.datetime64("2024-03-05T00:00:00").astype("datetime64[s]").astype(np.int64))


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_texts_and_labels_are_counted_where_they_belong() -> None:
    counter = PeriodCounter("day")
    # text 0 has labels 0 and 1, text 1 none, text 2 has label 1; the third day is another group's
    counter.add(ints(0, 0, 0), ints(MARCH, MARCH, MARCH + DAY), ints(0, 0, 2), ints(0, 1, 1))
    counter.add(ints(1), ints(MARCH + 3 * DAY), ints(0), ints(0))
    found = counter.finish(2, 3)
    assert names(found.periods, "day") == ["2024-03-05", "2024-03-06", "2024-03-08"]
    assert found.texts.tolist() == [[2, 1, 0], [0, 0, 1]]
    assert found.held[0].tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert found.held[1, 2].tolist() == [1, 0, 0]


@pytest.mark.parametrize("every", [None, "hour", "day", "week", "month"])
@pytest.mark.parametrize("days", [2, 60, 400, 2000])
def test_pieces_add_up_to_a_plain_count(every: Every | None, days: int) -> None:
    random = np.random.default_rng(days)
    times = np.sort(MARCH + random.integers(days * DAY, size=900))
    groups = random.integers(3, size=900)
    held = random.random((900, 4)) < 0.3
    counter = PeriodCounter(every)
    for piece in np.array_split(np.arange(900), 11):
        texts, labels = np.nonzero(held[piece])
        counter.add(groups[piece], times[piece], texts, labels)
    found = counter.finish(3, 4)
    assert found.every == (every or {2: "hour", 60: "day", 400: "week", 2000: "month"}[days])
    assert found.texts.any(axis=0).all()
    known, periods = np.unique(numbers(times, found.every), return_inverse=True)
    assert found.periods.tolist() == known.tolist()
    texts = Counter(zip(groups.tolist(), periods.tolist(), strict=True))
    assert {place: int(n) for place, n in np.ndenumerate(found.texts) if n} == texts
    expected = np.zeros_like(found.held)
    np.add.at(expected, (groups, periods), held.astype(np.int64))
    assert (found.held == expected).all()


def test_labels_may_turn_up_late() -> None:
    counter = PeriodCounter("day")
    counter.add(ints(0), ints(MARCH), ints(), ints())
    counter.add(ints(0), ints(MARCH), ints(0), ints(5))
    assert counter.finish(1, 6).held[0, 0].tolist() == [0, 0, 0, 0, 0, 1]


def test_nothing_added_is_empty() -> None:
    counter = PeriodCounter(None)
    counter.add(ints(), ints(), ints(), ints())
    assert counter.empty


def test_too_many_counts_are_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_CELLS", 100)
    counter = PeriodCounter("hour")
    counter.add(ints(0, 0), ints(0, MARCH), ints(), ints())
    with pytest.raises(DataError, match=r"1970-01-01 00:00 and 2024-03-05 00:00.* --since"):
        counter.finish(51, 1)
    with pytest.raises(DataError, match="--groups"):
        counter.add(np.arange(101), np.full(101, MARCH), ints(), ints())


def test_one_outlying_time_costs_one_period_and_does_not_choose_the_unit() -> None:
    counter = PeriodCounter(None)
    counter.add(ints(0, 0, 0), ints(MARCH, MARCH + 3600, 0), ints(), ints())
    found = counter.finish(1, 1)
    assert found.every == "hour"
    assert names(found.periods, "hour") == [
        "1970-01-01 00:00", "2024-03-05 00:00", "2024-03-05 01:00",
    ]  # fmt: skip
    assert found.texts.tolist() == [[1, 1, 1]]


def test_many_hours_are_counted_by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_MOST_HOURS", 2)
    counter = PeriodCounter(None)
    hours = MARCH + 3600 * np.arange(4)
    counter.add(np.zeros(4, np.int64), hours, ints(0), ints(0))
    counter.add(ints(0), ints(MARCH + DAY), ints(), ints())
    found = counter.finish(1, 1)
    assert (found.every, found.texts.tolist()) == ("day", [[4, 1]])
    assert found.held.tolist() == [[[1], [0]]]

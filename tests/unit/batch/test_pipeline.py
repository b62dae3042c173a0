from __future__ import annotations

import threading
import time

import pytest

from emoscope.batch.pipeline import ReadAhead, WriteBehind


def test_reading_ahead_keeps_the_order_and_bounds_what_is_in_hand():
    made = []

    def items():
        for i in range(20):
            made.append(i)
            yield i

    seen = []
    for item in ReadAhead(items()):
        time.sleep(0.001)
        seen.append(item)
        assert len(made) - len(seen) <= 4
    assert seen == list(range(20))


def test_an_error_of_the_reader_comes_after_the_items_before_it():
    def items():
        yield 1
        raise ValueError("broken")

    taken = iter(ReadAhead(items()))
    assert next(taken) == 1
    with pytest.raises(ValueError, match="broken"):
        next(taken)


def test_closing_half_way_ends_the_thread_and_closes_the_iterator():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield 1
        finally:
            closed.set()

    reading = ReadAhead(items())
    assert next(iter(reading)) == 1
    reading.close()
    assert closed.wait(2)


def test_writing_behind_keeps_the_order():
    seen: list[int] = []
    writing = WriteBehind(seen.append)
    for i in range(50):
        writing.put(i)
    writing.drain()
    writing.close()
    assert seen == list(range(50))


def test_after_an_error_of_the_writer_nothing_is_written():
    seen = []

    def write(item):
        if item == 1:
            raise ValueError("disk full")
        seen.append(item)

    writing = WriteBehind(write)

    def put_all():
        for i in range(10):
            writing.put(i)
        writing.drain()

    with pytest.raises(ValueError, match="disk full"):
        put_all()
    writing.close()
    assert seen == [0]

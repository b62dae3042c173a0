from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

if not hasattr(signal, "SIGUSR2"):
    pytest.skip("signals of POSIX", allow_module_level=True)

from emoscope.training.held_signals import HeldSignals


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """Numbers of the signals whose handler was called."""
    found: list[int] = []
    former = signal.signal(signal.SIGUSR2, lambda number, frame: found.append(number))
    yield found
    signal.signal(signal.SIGUSR2, former)


def ask() -> None:
    os.kill(os.getpid(), signal.SIGUSR2)


def test_a_signal_waits_until_it_is_delivered(heard):
    with HeldSignals() as signals:
        assert signals.active
        assert not signals.asked
        ask()
        assert signals.asked
        assert heard == []
        signals.deliver()
        assert heard == [signal.SIGUSR2]
        assert not signals.asked
    ask()
    assert heard == [signal.SIGUSR2] * 2, "afterwards the handler is where it was"


def test_what_a_handler_raises_goes_on(heard):
    def leave(number, frame):
        raise SystemExit(7)

    signal.signal(signal.SIGUSR2, leave)
    with HeldSignals() as signals:
        ask()
        with pytest.raises(SystemExit, match="7"):
            signals.deliver()


def test_a_second_one_does_not_wait(heard):
    with HeldSignals():
        ask()
        ask()
        assert heard == [signal.SIGUSR2]


def test_patience_ends(heard):
    with HeldSignals(patience=0.05):
        ask()
        deadline = time.monotonic() + 10
        while not heard and time.monotonic() < deadline:
            time.sleep(0.01)
    assert heard == [signal.SIGUSR2]


def test_one_that_still_waits_at_the_end_is_delivered_once(heard):
    with HeldSignals(patience=0.05):
        ask()
    assert heard == [signal.SIGUSR2]
    time.sleep(0.15)
    assert heard == [signal.SIGUSR2]


def test_a_failure_is_not_replaced(heard):
    def fail() -> None:
        with HeldSignals(patience=0.05):
            ask()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    time.sleep(0.15)
    assert heard == []


def test_signals_that_nobody_handles_are_left_alone():
    before = [signal.getsignal(number) for number in (signal.SIGUSR2, signal.SIGTERM)]
    with HeldSignals() as signals:
        assert not signals.active
        assert [signal.getsignal(n) for n in (signal.SIGUSR2, signal.SIGTERM)] == before


def test_threads_have_no_signals(heard):
    found: list[bool] = []

    def train() -> None:
        with HeldSignals() as signals:
            found.append(signals.active)

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert found == [False]

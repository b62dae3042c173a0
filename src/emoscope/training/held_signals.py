"""Signals that ask to stop, held back until the step has ended and its checkpoint is written.

A cluster's scheduler sends one before it takes a machine away, and who handles it (under SLURM,
submitit) leaves at once. In the middle of a step there is nothing that could be saved; so while a
model trains, the signal waits for the end of the step. Signals that nobody handles are left alone.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any

ASKING = ("SIGUSR1", "SIGUSR2", "SIGTERM")
"""Signals by which schedulers ask, where the platform has them."""
PATIENCE = 60.0
"""Seconds after which a signal is not held back any longer: an evaluation may take so long that
nothing would be left of the notice. The checkpoint before it is then what there is."""


class HeldSignals(AbstractContextManager["HeldSignals"]):
    """Within this, signals with a handler wait until :meth:`deliver`, or its end."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """Hold signals back for at most ``patience`` seconds."""
        self._patience = patience
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._asked: dict[int, threading.Timer] = {}

    def __enter__(self) -> HeldSignals:
        if threading.current_thread() is not threading.main_thread():
            return self  # signals are the main thread's
        for number in (getattr(signal, name) for name in ASKING if hasattr(signal, name)):
            handler = signal.getsignal(number)
            if callable(handler):  # not those that are ignored, or end the process
                self._handlers[number] = handler
                signal.signal(number, self._hold)
        return self

    def __exit__(self, kind: type[BaseException] | None, *unused: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if kind is None:
            self.deliver()
        for timer in self._asked.values():
            timer.cancel()

    @property
    def active(self) -> bool:
        """Whether there is any signal that would be held back."""
        return bool(self._handlers)

    @property
    def asked(self) -> bool:
        """Whether a signal waits."""
        return bool(self._asked)

    def deliver(self) -> None:
        """Call the handlers of the signals that wait. What they raise, goes on from here."""
        for number in list(self._asked):
            self._asked.pop(number).cancel()
            self._handlers[number](number, None)

    def _hold(self, number: int, frame: FrameType | None) -> None:
        if number in self._asked:  # the second one comes from the timer, or is impatient
            self._asked.pop(number).cancel()
            self._handlers[number](number, frame)
            return
        timer = threading.Timer(self._patience, os.kill, (os.getpid(), number))
        timer.daemon = True
        self._asked[number] = timer
        timer.start()

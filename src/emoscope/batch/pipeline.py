"""Reading, scoring and writing at the same time, each in a thread, a few chunks ahead."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")

_AHEAD = 2  # chunks in hand between two stages: enough to overlap, few enough for the memory
_POLL_SECONDS = 0.1  # how often a full queue looks whether reading was stopped


class ReadAhead(Generic[T]):
    """An iterator that runs in a thread, some items ahead of whoever takes them.

    What the inner iterator raises is raised here. :meth:`close` stops it, even half way.
    """

    def __init__(self, items: Iterator[T]) -> None:
        self._queue: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(_AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(items,), daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        while True:
            item, error = self._queue.get()
            if error is not None:
                self._stopped.set()
                raise error
            if item is None:
                return
            yield item

    def close(self) -> None:
        """Stop reading. A thread that waits for standard input waits until the process ends."""
        self._stopped.set()
        self._thread.join(timeout=1.0)

    def _run(self, items: Iterator[T]) -> None:
        try:
            for item in items:
                if not self._put((item, None)):
                    return
            self._put((None, None))
        except BaseException as error:  # noqa: BLE001 - raised again where the items are taken
            self._put((None, error))
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    def _put(self, entry: tuple[T | None, BaseException | None]) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(entry, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
            return True
        return False


class WriteBehind(Generic[T]):
    """Calls a function on items in order, in a thread, while more items are made.

    An error of the function is raised by a later :meth:`put` or by :meth:`drain`; from then on
    nothing is written any more.
    """

    def __init__(self, write: Callable[[T], None]) -> None:
        self._write = write
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[Future[None]] = deque()
        self._failed = False

    def put(self, item: T) -> None:
        """Hand over an item; waits while too many are under way."""
        while len(self._waiting) >= _AHEAD:
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._write_next, item))

    def drain(self) -> None:
        """Wait until everything is written."""
        while self._waiting:
            self._waiting.popleft().result()

    def close(self) -> None:
        """Wait for what is under way, whether or not it works out."""
        self._thread.shutdown(wait=True)

    def _write_next(self, item: T) -> None:
        if self._failed:
            return
        try:
            self._write(item)
        except BaseException:
            self._failed = True
            raise

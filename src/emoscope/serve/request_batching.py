"""Requests that arrive together are scored together, in a bounded queue.

Our own for a measured reason (``benchmarks/service.md``): a scorer is several times faster on 64
texts at once than on 64 texts one after another, and no small library joins requests of several
texts, bounds queue and waiting time, and answers overload with 429.

One thread scores, batch after batch, and while it works the next requests gather; no request waits
for a timer. Each batch takes from every waiting request in turn, so that a request of 200 texts
delays one of a single text by a batch at most. The thread takes its batches itself: under overload
the event loop is busy refusing requests, and a batch that waited for the loop's next round would
leave the model idle.

A batch of long texts may take a second. A second thread therefore scores small requests, text by
text, as long as the first one is occupied by such a batch.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from emoscope.errors import AnswerTooLate, Overloaded, ScoringFailed
from emoscope.scorers.scorer import Scored
from emoscope.serve.settings import ServeSettings

_DISCONNECT_CHECK_SECONDS = 0.25
"""Time between checks whether the clients of waiting requests are still connected."""
_RETRY_SECONDS = (1, 30)
"""Least and most seconds that Retry-After names."""
_LONG_BATCH_SECONDS = 0.2
"""Time after which small requests no longer wait for the end of a batch."""
_SMALL_REQUEST = 2_000
"""Characters of a request, in all of its texts, up to which it is small."""


@dataclass(eq=False)
class _Job:
    """The texts of one request on their way through the scorer."""

    texts: Sequence[str]
    answer: asyncio.Future[Scored]
    is_gone: Callable[[], Awaitable[bool]] | None
    taken: int = 0
    """Texts that a batch has taken so far."""
    failed: bool = False
    parts: list[Scored] = field(default_factory=list)
    """Scores that reached the event loop so far, in the order of ``texts``."""

    @property
    def waiting(self) -> Sequence[str]:
        return self.texts[self.taken :]

    def is_small(self) -> bool:
        """Whether it may be scored beside a long batch: short, and no part of it scored yet."""
        short = sum(map(len, self.texts)) <= _SMALL_REQUEST
        return short and not self.taken and not self.answer.done()


class MicroBatcher:
    """Scores texts for many callers; its methods belong to the event loop it was started in."""

    def __init__(
        self,
        score: Callable[[Sequence[str]], Scored],
        limits: ServeSettings,
        *,
        on_batch: Callable[[int, float], None] = lambda texts, seconds: None,
    ) -> None:
        """``score`` gives a row for each text; ``on_batch`` gets each batch's size and time.

        A single text beyond ``limits.batch_characters`` is a batch of its own.
        """
        self.limits = limits
        self.queued_texts = 0
        self.queued_characters = 0
        self._score = score
        self._on_batch = on_batch
        self._queue: deque[_Job] = deque()
        lock = threading.Lock()
        self._changed = threading.Condition(lock)
        """Guards the queue, its counts and ``_closing``; notified when one of them changes."""
        self._behind_long = threading.Condition(lock)
        """The same lock; notified when a request has to wait for a batch that is being scored."""
        self._closing = False
        self._scoring_since: float | None = None
        self._texts_per_second = 0.0
        self._threads: tuple[threading.Thread, ...] = ()
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to score what arrives."""
        loop = asyncio.get_running_loop()
        self._watch = loop.create_task(self._watch_clients())
        self._threads = tuple(
            threading.Thread(target=self._run, args=(loop, take), name=name, daemon=True)
            for take, name in (
                (self._await_batch, "emoscope-score"),
                (self._await_small, "emoscope-score-small"),
            )
        )
        for thread in self._threads:
            thread.start()

    async def close(self) -> None:
        """Refuse new texts, score those in the queue, end the threads."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            self._behind_long.notify()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        if self._watch is not None:
            self._watch.cancel()

    @property
    def is_open(self) -> bool:
        """Whether texts are accepted, and a batch takes no longer than a request may wait."""
        since = self._scoring_since
        is_stuck = since is not None and time.monotonic() - since > self.limits.timeout_seconds
        return bool(self._threads) and not (self._closing or self.has_failed or is_stuck)

    @property
    def has_failed(self) -> bool:
        """Whether a scoring thread ended while the service is open, which is a fault of ours."""
        return not self._closing and not all(thread.is_alive() for thread in self._threads)

    def check_room(self, texts: int = 1, characters: int = 0) -> None:
        """Raise :class:`Overloaded` when so much more does not fit into the queue."""
        if self._closing:
            raise Overloaded("The service is closing. Ask again in a moment.", 1, closing=True)
        if (
            self.queued_texts + texts > self.limits.queue_texts
            or self.queued_characters + characters > self.limits.queue_characters
        ):
            raise Overloaded(
                f"The service is overloaded: {self.queued_texts} texts are waiting. "
                "Ask again after the time in Retry-After.",
                self.retry_after(),
            )

    def retry_after(self) -> int:
        """Whole seconds until the queue of now is done, guessed from the last batches."""
        least, most = _RETRY_SECONDS
        if not self._texts_per_second:
            return least
        return min(most, max(least, math.ceil(self.queued_texts / self._texts_per_second)))

    async def submit(
        self, texts: Sequence[str], is_gone: Callable[[], Awaitable[bool]] | None = None
    ) -> Scored:
        """Score ``texts``, in order.

        ``is_gone`` tells whether the client has left; its texts are then not scored. Raises
        :class:`Overloaded` at once when the queue is full, :class:`AnswerTooLate` when the time is
        up, and :class:`ScoringFailed` when the model fails.
        """
        if not texts:
            raise ValueError("submit needs at least one text")
        characters = sum(map(len, texts))
        loop = asyncio.get_running_loop()
        job = _Job(texts, loop.create_future(), is_gone)
        with self._changed:
            self.check_room(len(texts), characters)
            self._queue.append(job)
            self.queued_texts += len(texts)
            self.queued_characters += characters
            self._changed.notify()
            if self._scoring_since is not None and len(self._queue) == 1:
                self._behind_long.notify()
        clock = loop.call_later(self.limits.timeout_seconds, self._expire, job)
        try:
            return await job.answer
        finally:
            clock.cancel()

    def _expire(self, job: _Job) -> None:
        if not job.answer.done():
            job.answer.set_exception(
                AnswerTooLate(
                    f"No answer within {self.limits.timeout_seconds:g} seconds. "
                    "Send fewer texts at once, or ask again later."
                )
            )

    async def _watch_clients(self) -> None:
        """Give up the waiting requests whose clients have left."""
        while True:
            await asyncio.sleep(_DISCONNECT_CHECK_SECONDS)
            with self._changed:
                waiting = list(self._queue)
            for job in waiting:
                if job.is_gone is not None and not job.answer.done() and await job.is_gone():
                    left = AnswerTooLate("The client has left.", client_left=True)
                    if not job.answer.done():
                        job.answer.set_exception(left)

    def _run(
        self, loop: asyncio.AbstractEventLoop, await_batch: Callable[[], list[_Slice] | None]
    ) -> None:
        """A scoring thread: score what ``await_batch`` returns, until it is None."""
        while (batch := await_batch()) is not None:
            try:
                self._work(batch)
            except BaseException as error:  # noqa: BLE001  a fault of this module: the thread goes on
                for piece in batch:
                    piece.scores, piece.error = None, error
            loop.call_soon_threadsafe(self._deliver, batch)

    def _await_batch(self) -> list[_Slice] | None:
        """The next batch for the first thread; None when the queue is closed and empty."""
        with self._changed:
            self._scoring_since = None
            while not (batch := self._take()):
                if self._closing:
                    self._behind_long.notify()
                    return None
                self._changed.wait()
            self._scoring_since = time.monotonic()
            if self._queue:
                self._behind_long.notify()
            return batch

    def _await_small(self) -> list[_Slice] | None:
        """The texts of a small request that waits behind a long batch, each a slice of its own."""
        with self._behind_long:
            while True:
                if self._closing and not self._queue:
                    return None
                since = self._scoring_since
                if since is None or not self._queue:
                    self._behind_long.wait()
                elif (left := since + _LONG_BATCH_SECONDS - time.monotonic()) > 0:
                    self._behind_long.wait(left)
                elif job := next(filter(_Job.is_small, self._queue), None):
                    self._queue.remove(job)
                    self._count_out(job.texts)
                    job.taken = len(job.texts)
                    return [_Slice(job, [text]) for text in job.texts]
                else:
                    self._behind_long.wait(_LONG_BATCH_SECONDS)

    def _take(self) -> list[_Slice]:
        """The next batch: a piece of each waiting job in turn, within the limits."""
        batch: list[_Slice] = []
        texts_left, characters_left = self.limits.batch_texts, self.limits.batch_characters
        unfinished: list[_Job] = []
        while self._queue and texts_left > 0 and characters_left > 0:
            job = self._queue.popleft()
            if job.failed or job.answer.done():  # late, cancelled, or the client left
                self._count_out(job.waiting)
                continue
            piece = _fitting(job.waiting, texts_left, characters_left, alone=not batch)
            if not piece:
                self._queue.appendleft(job)
                break
            batch.append(_Slice(job, piece))
            job.taken += len(piece)
            self._count_out(piece)
            texts_left -= len(piece)
            characters_left -= sum(map(len, piece))
            if job.waiting:
                unfinished.append(job)
        self._queue.extend(unfinished)  # behind the others
        return batch

    def _count_out(self, texts: Sequence[str]) -> None:
        self.queued_texts -= len(texts)
        self.queued_characters -= sum(map(len, texts))

    def _work(self, batch: list[_Slice]) -> None:
        """Fill each slice with its scores or its error."""
        started = time.perf_counter()
        if threading.current_thread() is self._threads[0]:
            self._fill(batch)
            # one text that cannot be scored must not fail the other requests of its batch
            again = [piece for piece in batch if piece.error is not None and len(batch) > 1]
        else:
            # together they would wait for a scorer's workers, which have the long batch to do
            again = batch
        for piece in again:
            self._fill([piece])
        for piece in batch:
            piece.job.failed |= piece.error is not None
        self._measure(sum(len(piece.texts) for piece in batch), time.perf_counter() - started)

    def _fill(self, batch: list[_Slice]) -> None:
        texts = [text for piece in batch for text in piece.texts]
        try:
            scored = self._score(texts)
            if len(scored) != len(texts) or not np.isfinite(scored.scores).all():
                raise ValueError(f"{len(texts)} texts: {len(scored)} scores, or not finite")
        except BaseException as error:  # noqa: BLE001  a panic in Rust is no Exception
            for piece in batch:
                piece.error = error
            return
        at = 0
        for piece in batch:
            piece.scores, piece.error = scored[at : at + len(piece.texts)], None
            at += len(piece.texts)

    def _measure(self, texts: int, seconds: float) -> None:
        rate = texts / max(seconds, 1e-6)
        known = self._texts_per_second
        self._texts_per_second = rate if not known else 0.8 * known + 0.2 * rate
        self._on_batch(texts, seconds)

    @staticmethod
    def _deliver(batch: list[_Slice]) -> None:
        for piece in batch:
            job = piece.job
            if job.answer.done():  # expired or cancelled meanwhile
                continue
            if piece.scores is None:
                failed = ScoringFailed("The model failed on this request. It is in the log.")
                failed.__cause__ = piece.error
                job.answer.set_exception(failed)
                continue
            job.parts.append(piece.scores)
            if sum(map(len, job.parts)) == len(job.texts):
                job.answer.set_result(Scored.join(job.parts))


@dataclass(eq=False)
class _Slice:
    """The texts of one job that are in a batch, and what came of them."""

    job: _Job
    texts: Sequence[str]
    scores: Scored | None = None
    error: BaseException | None = None


def _fitting(
    texts: Sequence[str], most_texts: int, most_characters: int, *, alone: bool
) -> Sequence[str]:
    """The first of ``texts`` that fit; at least one where the batch is empty (``alone``)."""
    count = 0
    for text in texts[:most_texts]:
        most_characters -= len(text)
        if most_characters < 0 and not (alone and count == 0):
            break
        count += 1
    return texts[:count]

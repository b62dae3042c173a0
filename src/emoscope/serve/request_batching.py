"""Requests that arrive together are scored together, in a bounded queue that never piles up.

A scorer is several times faster on 64 texts at once than on 64 texts one after another. So one
thread scores, batch after batch, and while it works the next requests gather; nobody waits for a
timer. Each batch takes from every waiting request in turn, so that a request of 200 texts does not
hold up one of a single text for longer than a batch.

The thread takes its batches itself. Under overload the event loop is busy refusing requests, and a
batch that waited for the loop's next round would leave the model idle just when it is needed most.
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

_ASK_EVERY = 0.25
"""Seconds between looks at whether the clients of waiting requests are still there."""
_PATIENCE = (1, 30)
"""Least and most seconds that Retry-After names."""


@dataclass(frozen=True)
class BatchLimits:
    """What the queue and a batch may hold."""

    batch_texts: int = 64
    batch_characters: int = 32_768
    """A single text beyond it is a batch of its own."""
    queue_texts: int = 512
    queue_characters: int = 4_194_304
    timeout_seconds: float = 30.0


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


class MicroBatcher:
    """Scores texts for many callers; its methods belong to the event loop it was started in."""

    def __init__(
        self,
        score: Callable[[Sequence[str]], Scored],
        limits: BatchLimits,
        *,
        on_batch: Callable[[int, float], None] = lambda texts, seconds: None,
    ) -> None:
        """``score`` gives a row for each text; ``on_batch`` is told each batch's size and time."""
        self.limits = limits
        self.queued_texts = 0
        self.queued_characters = 0
        self._score = score
        self._on_batch = on_batch
        self._queue: deque[_Job] = deque()
        self._changed = threading.Condition()
        """Guards the queue, its counts and ``_closing``; told when one of them changes."""
        self._closing = False
        self._texts_a_second = 0.0
        self._thread: threading.Thread | None = None
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to score what arrives."""
        loop = asyncio.get_running_loop()
        self._watch = loop.create_task(self._watch_clients())
        self._thread = threading.Thread(
            target=self._run, args=(loop,), name="emoscope-score", daemon=True
        )
        self._thread.start()

    async def close(self) -> None:
        """Take nothing more, finish what was taken, stop."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None and self._watch is not None:
            await asyncio.to_thread(self._thread.join)
            self._watch.cancel()

    @property
    def is_open(self) -> bool:
        """Whether work is taken, and done."""
        return self._thread is not None and self._thread.is_alive() and not self._closing

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
        least, most = _PATIENCE
        if not self._texts_a_second:
            return least
        return min(most, max(least, math.ceil(self.queued_texts / self._texts_a_second)))

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
            await asyncio.sleep(_ASK_EVERY)
            with self._changed:
                waiting = list(self._queue)
            for job in waiting:
                if job.is_gone is not None and not job.answer.done() and await job.is_gone():
                    left = AnswerTooLate("The client has left.", client_left=True)
                    if not job.answer.done():
                        job.answer.set_exception(left)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        """The scoring thread."""
        while True:
            with self._changed:
                while not self._queue and not self._closing:
                    self._changed.wait()
                if not self._queue:
                    return
                batch = self._take()
            if batch:
                self._work(batch)
                loop.call_soon_threadsafe(self._deliver, batch)

    def _take(self) -> list[_Slice]:
        """The next batch: a piece of each waiting job in turn, within the limits."""
        batch: list[_Slice] = []
        texts_left, characters_left = self.limits.batch_texts, self.limits.batch_characters
        unfinished: list[_Job] = []
        while self._queue and texts_left > 0 and characters_left > 0:
            job = self._queue.popleft()
            if job.failed or job.answer.done():  # late, cancelled, client left: nobody waits
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
        self._fill(batch)
        if len(batch) > 1:  # one bad text shall not take its neighbours with it
            for piece in batch:
                if piece.error is not None:
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
        except Exception as error:  # noqa: BLE001  whatever a model raises, the service goes on
            for piece in batch:
                piece.error = error
            return
        at = 0
        for piece in batch:
            piece.scores, piece.error = scored[at : at + len(piece.texts)], None
            at += len(piece.texts)

    def _measure(self, texts: int, seconds: float) -> None:
        rate = texts / max(seconds, 1e-6)
        known = self._texts_a_second
        self._texts_a_second = rate if not known else 0.8 * known + 0.2 * rate
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
    error: Exception | None = None


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

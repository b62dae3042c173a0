from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from emoscope.errors import AnswerTooLate, Overloaded, ScoringFailed
from emoscope.scorers.scorer import Scored
from emoscope.serve.request_batching import MicroBatcher
from emoscope.serve.settings import ServeSettings


def scored(scores: npt.NDArray[np.float32]) -> Scored:
    return Scored(scores, ((),) * len(scores))


class Lengths:
    """Scores a text by its length; keeps the batches it saw; can be held up and can fail."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, texts: Sequence[str]) -> Scored:
        self.batches.append(list(texts))
        if threading.current_thread().name == "emoscope-score":  # the small ones' is never held up
            self.go.wait(10)
        if any("panic" in text for text in texts):
            raise Panic("a tokenizer written in Rust panicked")
        if any("poison" in text for text in texts):
            raise RuntimeError("the model broke")
        if any("nan" in text for text in texts):
            return scored(np.full((len(texts), 1), np.nan, dtype=np.float32))
        return scored(np.array([[len(text)] for text in texts], dtype=np.float32))


class Panic(BaseException):
    """As pyo3's PanicException, no Exception."""


def running(
    test: Callable[[MicroBatcher, Lengths], Awaitable[None]], **limits: Any
) -> tuple[MicroBatcher, Lengths]:
    """Run ``test`` with a started batcher, close it, and give both."""
    score = Lengths()

    async def main() -> MicroBatcher:
        batcher = MicroBatcher(score, ServeSettings.model_construct(**limits))
        batcher.start()
        try:
            await asyncio.wait_for(test(batcher, score), 10)
        finally:
            score.go.set()
            await batcher.close()
        return batcher

    return asyncio.run(main()), score


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


async def hold(batcher: MicroBatcher, score: Lengths) -> asyncio.Task[Scored]:
    """Occupy the scoring thread with the text ``first`` until ``score.go`` is set."""
    score.go.clear()
    first = asyncio.create_task(batcher.submit(["first"]))
    await until(lambda: score.batches == [["first"]])
    return first


def test_every_answer_belongs_to_its_request() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        requests = [["x" * (i + j) for j in range(1 + i % 4)] for i in range(1, 60)]
        found = await asyncio.gather(*(batcher.submit(texts) for texts in requests))
        for texts, scores in zip(requests, found, strict=True):
            assert scores.scores[:, 0].tolist() == [len(text) for text in texts]

    batcher, score = running(test, batch_texts=7)
    assert max(map(len, score.batches)) == 7
    assert (batcher.queued_texts, batcher.queued_characters) == (0, 0)


def test_requests_that_wait_are_scored_together() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        others = [asyncio.create_task(batcher.submit([name])) for name in ("a", "b", "c")]
        await until(lambda: batcher.queued_texts == 3)
        score.go.set()
        await asyncio.gather(first, *others)

    _, score = running(test)
    assert score.batches == [["first"], ["a", "b", "c"]]


def test_a_large_request_does_not_hold_up_small_ones() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        large = asyncio.create_task(batcher.submit([f"L{i}" for i in range(8)]))
        await until(lambda: batcher.queued_texts == 8)
        small = asyncio.create_task(batcher.submit(["s"]))
        await until(lambda: batcher.queued_texts == 9)
        score.go.set()
        assert (await small).scores[0, 0] == 1
        assert (await large).scores[:, 0].tolist() == [2.0] * 8
        await first

    _, score = running(test, batch_texts=4)
    assert score.batches[1:] == [["L0", "L1", "L2", "L3"], ["s", "L4", "L5", "L6"], ["L7"]]


def test_characters_bound_a_batch_but_a_long_text_goes_alone() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        others = [batcher.submit([text]) for text in ("aaaa", "bbbb", "c" * 50, "d")]
        tasks = [asyncio.create_task(other) for other in others]
        await until(lambda: batcher.queued_texts == 4)
        score.go.set()
        await asyncio.gather(first, *tasks)

    _, score = running(test, batch_characters=10)
    assert score.batches[1:] == [["aaaa", "bbbb"], ["c" * 50], ["d"]]


@pytest.mark.parametrize("limits", [{"queue_texts": 3}, {"queue_characters": 6}])
def test_a_full_queue_refuses_at_once(limits: dict[str, int]) -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        waiting = asyncio.create_task(batcher.submit(["aa", "bb", "cc"]))
        await until(lambda: batcher.queued_texts == 3)
        with pytest.raises(Overloaded) as refusal:
            await batcher.submit(["d"])
        assert 1 <= refusal.value.retry_after <= 30
        assert not refusal.value.closing
        assert not waiting.done()  # what was taken stays taken
        score.go.set()
        await asyncio.gather(first, waiting)
        assert (await batcher.submit(["d"])).scores[0, 0] == 1  # and there is room again

    running(test, **limits)


def test_retry_after_follows_queue_and_speed() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        assert batcher.retry_after() == 1
        batcher._measure(10, 1.0)
        batcher.queued_texts = 44
        assert batcher.retry_after() == 5
        batcher.queued_texts = 4_000_000
        assert batcher.retry_after() == 30
        batcher.queued_texts = 0

    running(test)


def test_the_time_is_up_while_waiting_and_while_scoring() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        waiting = asyncio.create_task(batcher.submit(["late"]))
        found = await asyncio.gather(first, waiting, return_exceptions=True)
        assert [type(each) for each in found] == [AnswerTooLate, AnswerTooLate]
        score.go.set()
        await until(lambda: batcher.queued_texts == 0)
        assert (await batcher.submit(["next"])).scores[0, 0] == 4

    _, score = running(test, timeout_seconds=0.5)
    assert ["late"] not in score.batches  # nobody waited for it


def test_texts_of_a_client_that_left_are_not_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emoscope.serve.request_batching._DISCONNECT_CHECK_SECONDS", 0.005)

    async def gone() -> bool:
        return True

    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        with pytest.raises(AnswerTooLate) as refusal:
            await batcher.submit(["left"], gone)
        score.go.set()
        await first
        await until(lambda: batcher.queued_texts == 0)
        assert refusal.value.client_left

    batcher, score = running(test)
    assert score.batches == [["first"]]
    assert batcher.queued_texts == 0


def test_a_cancelled_request_is_not_scored() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        task = asyncio.create_task(batcher.submit(["cancelled"]))
        await until(lambda: batcher.queued_texts == 1)
        task.cancel()
        score.go.set()
        await first
        await until(lambda: batcher.queued_texts == 0)

    _, score = running(test)
    assert score.batches == [["first"]]


@pytest.mark.parametrize("bad", ["poison", "nan", "panic"])
def test_one_bad_text_does_not_spoil_its_neighbours(bad: str) -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        tasks = [asyncio.create_task(batcher.submit([text])) for text in ("good", bad, "fine")]
        await until(lambda: batcher.queued_texts == 3)
        score.go.set()
        good, failed, fine = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(failed, ScoringFailed)
        assert isinstance(failed.__cause__, BaseException)
        assert isinstance(good, Scored)
        assert isinstance(fine, Scored)
        await first

    running(test)


def test_a_request_whose_first_piece_failed_is_dropped() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        with pytest.raises(ScoringFailed):
            await batcher.submit(["poison", "b", "c", "d"])

    batcher, score = running(test, batch_texts=2)
    assert ["c", "d"] not in score.batches
    assert batcher.queued_texts == 0


def test_small_requests_do_not_wait_for_a_long_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emoscope.serve.request_batching._LONG_BATCH_SECONDS", 0.01)

    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        long = asyncio.create_task(batcher.submit(["x" * 3000]))
        await until(lambda: batcher.queued_texts == 1)
        small = await asyncio.gather(*(batcher.submit(["a", "bb"]) for _ in range(3)))
        assert [found.scores[:, 0].tolist() for found in small] == [[1.0, 2.0]] * 3
        with pytest.raises(ScoringFailed):
            await batcher.submit(["panic"])
        assert (await batcher.submit(["next"])).scores[0, 0] == 4
        assert not first.done()
        assert batcher.queued_texts == 1  # the long one waits for the first thread
        score.go.set()
        assert (await first).scores[0, 0] == 5
        assert (await long).scores[0, 0] == 3000

    batcher, score = running(test)
    assert score.batches[1:3] == [["a"], ["bb"]]  # text by text
    assert (batcher.queued_texts, batcher.queued_characters) == (0, 0)


def test_a_fault_of_the_batcher_is_one_failed_request(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(batcher, "_fill", lambda batch: 1 / 0)
            with pytest.raises(ScoringFailed) as failure:
                await batcher.submit(["a"])
        assert isinstance(failure.value.__cause__, ZeroDivisionError)
        assert batcher.is_open
        assert (await batcher.submit(["next"])).scores[0, 0] == 4

    running(test)


def test_a_batch_without_end_is_not_ready_but_has_not_failed() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        assert batcher.is_open
        first = await hold(batcher, score)
        await until(lambda: not batcher.is_open)
        assert not batcher.has_failed
        score.go.set()
        with pytest.raises(AnswerTooLate):
            await first
        await until(lambda: batcher.is_open)

    running(test, timeout_seconds=0.05)


def test_the_model_works_on_while_the_event_loop_is_busy() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        others = [asyncio.create_task(batcher.submit([name])) for name in ("a", "b", "c")]
        await until(lambda: batcher.queued_texts == 3)
        score.go.set()
        end = time.monotonic() + 5
        while len(score.batches) < 4 and time.monotonic() < end:
            time.sleep(0.001)  # the loop itself: nothing else of it runs meanwhile
        assert score.batches == [["first"], ["a"], ["b"], ["c"]]
        await asyncio.gather(first, *others)

    running(test, batch_texts=1)


def test_closing_finishes_what_was_taken_and_takes_no_more() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        first = await hold(batcher, score)
        waiting = asyncio.create_task(batcher.submit(["waiting"]))
        await until(lambda: batcher.queued_texts == 1)
        closing = asyncio.create_task(batcher.close())
        await until(lambda: not batcher.is_open)
        with pytest.raises(Overloaded) as refusal:
            await batcher.submit(["new"])
        assert refusal.value.closing
        score.go.set()
        await closing
        assert (await first).scores[0, 0] == 5
        assert (await waiting).scores[0, 0] == 7

    running(test)


def test_batches_are_reported() -> None:
    seen: list[tuple[int, float]] = []

    async def main() -> None:
        batcher = MicroBatcher(
            Lengths(), ServeSettings(batch_texts=2), on_batch=lambda *batch: seen.append(batch)
        )
        batcher.start()
        await batcher.submit(["a", "b", "c"])
        await batcher.close()

    asyncio.run(main())
    assert [texts for texts, _ in seen] == [2, 1]
    assert all(seconds >= 0 for _, seconds in seen)


def test_nothing_to_score_is_a_mistake_of_the_caller() -> None:
    async def test(batcher: MicroBatcher, score: Lengths) -> None:
        with pytest.raises(ValueError, match="at least one text"):
            await batcher.submit([])

    running(test)

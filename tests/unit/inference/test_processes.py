"""A classifier in other processes, threads and event loops, as programs use it."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

import emoscope
from emoscope.errors import EmoscopeError
from emoscope.inference.classifier import EmotionClassifier

SECONDS = 120
TEXTS = [f"{'thank ' * (i % 3)}you and love {i}" for i in range(64)]
FIXTURE = Path(__file__).parents[2] / "fixtures" / "tiny_encoder"


@pytest.fixture
def opened() -> EmotionClassifier:
    return emoscope.load(FIXTURE, threads=2)


def labels(classifier: EmotionClassifier) -> list[tuple[str, ...]]:
    return [each.labels for each in classifier(TEXTS)]


def test_pickled_it_is_opened_again_as_it_was(opened: EmotionClassifier) -> None:
    changed = opened.with_policy(top_k=2).rollup("ekman")
    again = pickle.loads(pickle.dumps(changed))
    assert again.scorer is not opened.scorer
    assert labels(again) == labels(changed)
    assert again.labels == changed.labels
    assert again.scorer._options.threads == 2
    assert again.predict_proba(TEXTS).tolist() == changed.predict_proba(TEXTS).tolist()


def test_it_travels_by_an_absolute_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(FIXTURE.parent)
    data = pickle.dumps(emoscope.load(FIXTURE.name, threads=1))
    monkeypatch.chdir(tmp_path)
    assert pickle.loads(data)("thank you").labels == ("gratitude",)


def test_copies_share_the_scorer_and_nothing_else(opened: EmotionClassifier) -> None:
    for made in (copy.copy(opened), copy.deepcopy(opened), copy.deepcopy([opened])[0]):
        assert made is not opened
        assert made.scorer is opened.scorer
        assert labels(made) == labels(opened)


def test_one_that_is_in_no_folder_says_so(goemotions_classifier: EmotionClassifier) -> None:
    with pytest.raises(EmoscopeError, match="not opened from a model folder"):
        pickle.dumps(goemotions_classifier)
    assert copy.deepcopy(goemotions_classifier)("joy").labels == ("joy",)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


@pytest.mark.slow
@pytest.mark.parametrize("method", [pytest.param("fork", marks=needs_fork), "spawn"])
def test_workers_of_a_pool(opened: EmotionClassifier, method: str) -> None:
    expected = labels(opened)  # its threads run
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        found = pool.submit(opened, TEXTS).result(SECONDS)
    assert [each.labels for each in found] == expected


def in_a_fork(task: object) -> None:
    """Run ``task`` in a child of fork; fails when it raises or does not end."""
    context = multiprocessing.get_context("fork")
    child = context.Process(target=task)  # type: ignore[arg-type]
    child.start()
    child.join(SECONDS)
    if child.is_alive():
        child.kill()
        pytest.fail("the child hangs")
    assert child.exitcode == 0


@needs_fork
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_after_a_fork_the_child_predicts(opened: EmotionClassifier) -> None:
    expected, one = labels(opened), opened("thank you").labels

    def child() -> None:
        assert labels(opened) == expected
        assert opened("thank you").labels == one

    in_a_fork(child)
    assert labels(opened) == expected


@pytest.mark.slow
@needs_fork
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_while_a_batch_runs_in_another_thread(opened: EmotionClassifier) -> None:
    expected = labels(opened)
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            opened(TEXTS * 4)

    thread = threading.Thread(target=busy)
    thread.start()

    def child() -> None:
        assert labels(opened) == expected

    try:
        for _ in range(5):
            in_a_fork(child)
    finally:
        stop.set()
        thread.join(SECONDS)


@pytest.mark.slow
@needs_fork
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_in_the_middle_of_a_stream(opened: EmotionClassifier) -> None:
    texts = [f"{'love ' * (i % 4)}thank you {i}" for i in range(5000)]
    expected = [each.labels for each in opened(texts)]
    parts = opened.answer_parts(texts)
    next(parts)
    rest = [opened.labels[row.argmax()] for part in opened.answer_parts(texts)
            for row in part.sets[0].probabilities]  # fmt: skip

    def child() -> None:
        found = [opened.labels[row.argmax()] for part in parts
                 for row in part.sets[0].probabilities]  # fmt: skip
        assert found == rest[-len(found) :]
        assert len(found) == 5000 - 256

    in_a_fork(child)
    assert len(expected) == 5000


@pytest.mark.slow
def test_joblib(opened: EmotionClassifier) -> None:
    joblib = pytest.importorskip("joblib")
    expected = labels(opened)
    found = joblib.Parallel(n_jobs=2, timeout=SECONDS)(
        joblib.delayed(opened)(TEXTS) for _ in range(2)
    )
    assert [[each.labels for each in part] for part in found] == [expected] * 2


def test_asyncio_callers_use_a_thread(opened: EmotionClassifier) -> None:
    async def main() -> list[list[emoscope.Prediction]]:
        calls = [asyncio.to_thread(opened, TEXTS) for _ in range(4)]
        return await asyncio.wait_for(asyncio.gather(*calls), SECONDS)

    expected = labels(opened)
    for part in asyncio.run(main()):
        assert [each.labels for each in part] == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [("EMOSCOPE_THREADS", "none", "EMOSCOPE_THREADS is 'none'"),
     ("EMOSCOPE_DEVICE", "gpu", "EMOSCOPE_DEVICE: There is no device 'gpu'")],
)  # fmt: skip
def test_the_environment_reaches_the_command_line(variable: str, value: str, message: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "emoscope", "predict", "thank you", "--model", str(FIXTURE)],
        capture_output=True,
        text=True,
        env={**os.environ, variable: value},
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 2
    assert message in done.stderr

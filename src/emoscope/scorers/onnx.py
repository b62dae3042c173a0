"""Scores from an ONNX graph: the light way to run a trained encoder, without torch.

Two ways lead through the graph. A single text runs at once, its matrix products shared by all
threads: least waiting (on a processor with matrix units a short one is done sooner by one). Many
texts are cut into chunks, tokenised in one call, sorted by length and cut into small batches; each
thread runs whole batches by itself, so that no thread waits for another inside the graph, and the
next chunk is tokenised meanwhile. That gives a third more texts a second than sharing each product.
Whatever the number of texts, three chunks are in memory.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emoscope.model_folder.manifest import Manifest
from emoscope.scorers.cpu_features import has_matrix_units
from emoscope.scorers.onnx_session import (
    CPU,
    OnnxSession,
    choose_graph,
    choose_provider,
    refuse_cuda,
)
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import Scored, Scores
from emoscope.scorers.token_batches import (
    BATCH_TOKENS,
    DEVICE_BATCH_TOKENS,
    batches_by_tokens,
    chunks,
)
from emoscope.taxonomy import Task
from emoscope.tokenizers.window_tokenizer import DEFAULT_MAX_LENGTH, WindowTokenizer
from emoscope.tokenizers.windows import Windows, join

SHORT_TOKENS = 32
"""Most tokens of a text that one core with matrix units does as quickly as several."""
_AHEAD = 2
"""Chunks under way at once: one being finished, one that keeps the workers busy meanwhile."""


class OnnxScorer:
    """An exported encoder as a :class:`emoscope.scorers.scorer.NotingScorer`.

    Threads may share one. After a fork the child opens the graph again and starts threads of its
    own: of the parent's sessions and workers it has the memory but not the threads.
    """

    def __init__(
        self,
        graph: Path,
        tokenizer: WindowTokenizer,
        labels: Sequence[str],
        task: Task,
        *,
        provider: str = CPU,
        options: RuntimeOptions | None = None,
    ) -> None:
        self.labels = tuple(labels)
        self.task: Task = task
        self.tokenizer = tokenizer
        self._options = options or RuntimeOptions()
        self._graph = graph
        self._provider = provider
        self._short_alone = provider == CPU and has_matrix_units()
        self._sessions = _Sessions()
        _scorers.add(self)

    @classmethod
    def load(
        cls, folder: Path, manifest: Manifest, options: RuntimeOptions | None = None
    ) -> OnnxScorer:
        """Open the graph of a model folder.

        Raises :class:`~emoscope.errors.ModelFolderError` when graph or tokenizer are missing,
        broken or do not fit the manifest, and :class:`~emoscope.errors.DeviceError` when CUDA was
        asked for and is not there.
        """
        options = options or RuntimeOptions()
        tokenizer = WindowTokenizer.load(
            folder, manifest.max_length or DEFAULT_MAX_LENGTH, manifest.normalisation
        )
        provider = choose_provider(options)
        while True:
            scorer = cls(
                choose_graph(folder, manifest, provider, options),
                tokenizer,
                manifest.labels,
                manifest.task,
                provider=provider,
                options=options,
            )
            started = scorer.provider
            if started == provider:
                return scorer
            # onnxruntime falls back on its own where, say, a library of CUDA is missing; what
            # runs best there may be another graph
            refuse_cuda(options, f"onnxruntime could not start it and runs on {started}")
            provider = started

    @property
    def provider(self) -> str:
        """What the graph runs on, by onnxruntime's name."""
        return self._session_for(1).provider

    @property
    def graph(self) -> Path:
        """The graph's file."""
        return self._graph

    def logits(self, texts: Sequence[str]) -> Scores:
        """Raw scores of ``texts``, shape (n_texts, n_labels), in the order given."""
        if len(texts) == 1:
            return self._score_one(texts[0])[0]
        scores = np.empty((len(texts), len(self.labels)), dtype=np.float32)
        done = 0
        for chunk in self._stream(texts):
            part = self._finish(chunk)
            scores[done : done + len(part)] = part
            done += len(part)
        return scores

    def score_parts(self, texts: Iterable[str]) -> Iterator[Scored]:
        """Scores as of :meth:`logits`, and notes, in parts in order; reads ahead by a few chunks.

        While the caller uses a part, the workers score the next.
        """
        if isinstance(texts, Sequence) and len(texts) == 1:
            scores, bodies = self._score_one(texts[0])
            yield Scored(scores, tuple(self.tokenizer.notes(bodies)))
            return
        for chunk in self._stream(texts):
            scores = self._finish(chunk)
            notes = self.tokenizer.notes(chunk.bodies)
            yield Scored(scores, tuple([notes[row] for row in chunk.rows.tolist()]))

    def _stream(self, texts: Iterable[str]) -> Iterator[_Chunk]:
        """Chunks in order, each to be finished before the next is asked for."""
        under_way: deque[_Chunk] = deque()
        try:
            for piece in chunks(texts):
                under_way.append(self._begin(piece))
                if len(under_way) > _AHEAD:
                    yield under_way.popleft()
            while under_way:
                yield under_way.popleft()
        finally:  # an error, or a caller that stops early
            for left in under_way:
                if left.sessions is self._sessions:  # not after a fork: a lock may be held there
                    for future in left.batches:
                        future.cancel()

    def _score_one(self, text: str) -> tuple[Scores, list[list[int]]]:
        """Scores of a single text, and its tokens."""
        bodies = self.tokenizer.bodies([text])
        windows = self.tokenizer.windows_of(bodies)
        if len(windows.ids) > 1:
            return self._finish(self._begin([text])), bodies
        ids = np.array(windows.ids, dtype=np.int64)
        return self._session_for(ids.shape[1]).run(ids, np.ones_like(ids)), bodies

    def _begin(self, texts: Sequence[str]) -> _Chunk:
        """Tokenise a chunk and submit its batches to the workers."""
        places: dict[str, int] = {}  # short replies repeat: each distinct text is scored once
        rows = np.array([places.setdefault(text, len(places)) for text in texts], dtype=np.int64)
        bodies = self.tokenizer.bodies(list(places))
        windows = self.tokenizer.windows_of(bodies)
        lengths = [len(ids) for ids in windows.ids]
        sessions = self._sessions
        workers, session = self._bulk_session()
        scores = np.empty((len(lengths), len(self.labels)), dtype=np.float32)

        def score(batch: npt.NDArray[np.int64]) -> None:
            scores[batch] = session.run(*self.tokenizer.pad([windows.ids[i] for i in batch]))

        most = self._batch_tokens(sum(lengths), max(lengths, default=0))
        batches = [workers.submit(score, batch) for batch in batches_by_tokens(lengths, most)]
        return _Chunk(texts, rows, bodies, windows, scores, batches, sessions)

    def _finish(self, chunk: _Chunk) -> Scores:
        if chunk.sessions is not self._sessions:  # begun before a fork: its workers are not here
            chunk = self._begin(chunk.texts)
        for future in chunk.batches:
            future.result()
        return join(chunk.scores, chunk.windows, self.task)[chunk.rows]

    def _batch_tokens(self, tokens: int, longest: int) -> int:
        """Most tokens a batch: the best size, or less where few texts should busy all workers."""
        if self._provider != CPU:
            return DEVICE_BATCH_TOKENS
        share = -(-tokens // self._options.worker_threads)
        return max(longest, min(BATCH_TOKENS, share))

    def _session_for(self, length: int) -> OnnxSession:
        """The session for a single text of so many tokens."""
        short = self._short_alone and length <= SHORT_TOKENS
        return self._lone_session() if short else self._shared_session()

    def _shared_session(self) -> OnnxSession:
        """All threads work on one batch."""
        sessions = self._sessions
        with sessions.lock:
            if sessions.shared is None:
                sessions.shared = self._open(self._options.worker_threads)
            return sessions.shared

    def _lone_session(self) -> OnnxSession:
        """Each caller's thread works alone."""
        if self._provider != CPU or self._options.worker_threads == 1:
            return self._shared_session()
        sessions = self._sessions
        with sessions.lock:
            if sessions.lone is None:
                sessions.lone = self._open(1)
            return sessions.lone

    def _bulk_session(self) -> tuple[ThreadPoolExecutor, OnnxSession]:
        """The workers, and the session in which each runs alone."""
        session = self._lone_session()
        n_workers = self._options.worker_threads if self._provider == CPU else 1
        sessions = self._sessions
        with sessions.lock:
            if sessions.workers is None:
                sessions.workers = ThreadPoolExecutor(n_workers, thread_name_prefix="emoscope-onnx")
            return sessions.workers, session

    def _open(self, threads: int) -> OnnxSession:
        return OnnxSession(self._graph, len(self.labels), self._provider, threads)

    def _start_over(self) -> None:
        """In the child of a fork: keep nothing that had threads or may be locked."""
        _abandoned.append(self._sessions)
        self._sessions = _Sessions()


@dataclass(eq=False)
class _Sessions:
    """What of a scorer belongs to one process."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    shared: OnnxSession | None = None
    lone: OnnxSession | None = None
    workers: ThreadPoolExecutor | None = None


_scorers: weakref.WeakSet[OnnxScorer] = weakref.WeakSet()
_abandoned: list[_Sessions] = []
"""Of the parent process, never freed: closing a session waits for threads that are not here."""


def _after_fork() -> None:
    for scorer in list(_scorers):
        scorer._start_over()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Texts whose batches are with the workers."""

    texts: Sequence[str]
    rows: npt.NDArray[np.int64]
    """Shape (n_texts,): which distinct text each one is."""
    bodies: list[list[int]]
    """Token ids of the distinct texts."""
    windows: Windows
    """Of the distinct texts."""
    scores: Scores
    """Of the windows, filled in by the workers."""
    batches: list[Future[None]]
    sessions: _Sessions
    """What scores it; others are in use after a fork."""

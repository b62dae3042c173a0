"""Scores from an ONNX graph: the light way to run a trained encoder, without torch.

Two ways lead through the graph. A single text runs at once, its matrix products shared by all
threads: least waiting (on a processor with matrix units a short one is done sooner by one). Many
texts are cut into chunks, tokenised in one call, sorted by length and cut into small batches; each
thread runs whole batches by itself, so that no thread waits for another inside the graph, and the
next chunk is tokenised meanwhile. That gives a third more texts a second than sharing each product.
Whatever the number of texts, three chunks are in memory.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
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
    refuse_or_warn,
)
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.scorers.scorer import Notes
from emoscope.scorers.token_batches import (
    BATCH_TOKENS,
    DEVICE_BATCH_TOKENS,
    batches_by_tokens,
    chunks,
)
from emoscope.taxonomy import Task
from emoscope.tokenizers.window_tokenizer import WindowTokenizer
from emoscope.tokenizers.windows import Windows, join

DEFAULT_MAX_LENGTH = 128
SHORT_TOKENS = 32
"""Most tokens of a text that one core with matrix units does as quickly as several."""
_AHEAD = 2
"""Chunks under way at once: one being finished, one that keeps the workers busy meanwhile."""

Matrix = npt.NDArray[np.float32]


class OnnxScorer:
    """An exported encoder as a :class:`emoscope.scorers.scorer.Scorer`. Threads may share one."""

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
        self._lock = threading.Lock()
        self._shared: OnnxSession | None = None
        self._lone: OnnxSession | None = None
        self._workers: ThreadPoolExecutor | None = None

    @classmethod
    def load(
        cls, folder: Path, manifest: Manifest, options: RuntimeOptions | None = None
    ) -> OnnxScorer:
        """Open the graph of a model folder.

        Raises :class:`~emoscope.errors.ModelFolderError` when graph or tokenizer are missing,
        broken or do not fit the manifest, and :class:`~emoscope.errors.DeviceError` when a
        required provider is not there.
        """
        options = options or RuntimeOptions()
        tokenizer = WindowTokenizer.load(folder, manifest.max_length or DEFAULT_MAX_LENGTH)
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
            refuse_or_warn(options, f"onnxruntime could not start it and runs on {started}")
            provider = started

    @property
    def provider(self) -> str:
        """What the graph runs on, by onnxruntime's name."""
        return self._session_for(1).provider

    @property
    def graph(self) -> Path:
        """The graph's file."""
        return self._graph

    def logits(self, texts: Sequence[str]) -> Matrix:
        """Raw scores of ``texts``, shape (n_texts, n_labels), in the order given."""
        if len(texts) == 1:
            return self._score_one(texts[0])[0]
        scores = np.empty((len(texts), len(self.labels)), dtype=np.float32)
        done = 0
        for part in self.stream_logits(texts):
            scores[done : done + len(part)] = part
            done += len(part)
        return scores

    def annotate(self, texts: Sequence[str]) -> list[Notes]:
        """Say what is odd about each text: ``low_coverage``, ``long_text``."""
        return self.tokenizer.notes(self.tokenizer.bodies(texts))

    def annotated_parts(self, texts: Sequence[str]) -> Iterator[tuple[Matrix, list[Notes]]]:
        """Scores as of :meth:`logits`, and notes as of :meth:`annotate`, in parts in order.

        While a part is looked at, the workers score the next.
        """
        if len(texts) == 1:
            scores, bodies = self._score_one(texts[0])
            yield scores, self.tokenizer.notes(bodies)
            return
        for chunk in self._stream(texts, noted=True):
            yield self._finish(chunk), [chunk.notes[row] for row in chunk.rows.tolist()]

    def stream_logits(self, texts: Iterable[str]) -> Iterator[Matrix]:
        """Raw scores of an endless supply of texts: matrices (n, n_labels) that follow its order.

        Reads ahead by a few thousand texts at most.
        """
        for chunk in self._stream(texts):
            yield self._finish(chunk)

    def _stream(self, texts: Iterable[str], *, noted: bool = False) -> Iterator[_Chunk]:
        """Chunks in order, each to be finished before the next is asked for."""
        under_way: deque[_Chunk] = deque()
        try:
            for piece in chunks(texts):
                under_way.append(self._begin(piece, noted=noted))
                if len(under_way) > _AHEAD:
                    yield under_way.popleft()
            while under_way:
                yield under_way.popleft()
        finally:  # an error, or a caller who has seen enough
            for left in under_way:
                for future in left.batches:
                    future.cancel()

    def _score_one(self, text: str) -> tuple[Matrix, list[list[int]]]:
        """Scores of a single text, and its tokens."""
        bodies = self.tokenizer.bodies([text])
        windows = self.tokenizer.windows_of(bodies)
        if len(windows.ids) > 1:
            return self._finish(self._begin([text])), bodies
        ids = np.array(windows.ids, dtype=np.int64)
        return self._session_for(ids.shape[1]).run(ids, np.ones_like(ids)), bodies

    def _begin(self, texts: Sequence[str], *, noted: bool = False) -> _Chunk:
        """Tokenise a chunk and hand its batches to the workers."""
        places: dict[str, int] = {}  # short replies repeat: each distinct text is scored once
        rows = np.array([places.setdefault(text, len(places)) for text in texts], dtype=np.int64)
        bodies = self.tokenizer.bodies(list(places))
        windows = self.tokenizer.windows_of(bodies)
        lengths = [len(ids) for ids in windows.ids]
        workers, session = self._bulk_session()
        scores = np.empty((len(lengths), len(self.labels)), dtype=np.float32)

        def score(batch: npt.NDArray[np.int64]) -> None:
            scores[batch] = session.run(*self.tokenizer.pad([windows.ids[i] for i in batch]))

        most = self._batch_tokens(sum(lengths), max(lengths, default=0))
        batches = [workers.submit(score, batch) for batch in batches_by_tokens(lengths, most)]
        notes = self.tokenizer.notes(bodies) if noted else []
        return _Chunk(rows, windows, scores, batches, notes)

    def _finish(self, chunk: _Chunk) -> Matrix:
        for future in chunk.batches:
            future.result()
        return join(chunk.scores, chunk.windows, self.task)[chunk.rows]

    def _batch_tokens(self, tokens: int, longest: int) -> int:
        """Most tokens a batch: the best size, or less where few texts should busy all workers."""
        if self._options.batch_tokens is not None:
            return self._options.batch_tokens
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
        with self._lock:
            if self._shared is None:
                self._shared = self._open(self._options.worker_threads)
            return self._shared

    def _lone_session(self) -> OnnxSession:
        """Each caller's thread works alone."""
        if self._provider != CPU or self._options.worker_threads == 1:
            return self._shared_session()
        with self._lock:
            if self._lone is None:
                self._lone = self._open(1)
            return self._lone

    def _bulk_session(self) -> tuple[ThreadPoolExecutor, OnnxSession]:
        """The workers, and the session in which each runs alone."""
        session = self._lone_session()
        n_workers = self._options.worker_threads if self._provider == CPU else 1
        with self._lock:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(n_workers, thread_name_prefix="emoscope-onnx")
            return self._workers, session

    def _open(self, threads: int) -> OnnxSession:
        return OnnxSession(self._graph, len(self.labels), self._provider, threads)


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Texts whose batches are with the workers."""

    rows: npt.NDArray[np.int64]
    """Shape (n_texts,): which distinct text each one is."""
    windows: Windows
    """Of the distinct texts."""
    scores: Matrix
    """Of the windows, filled in by the workers."""
    batches: list[Future[None]]
    notes: list[Notes]
    """On each distinct text, where they were asked for."""

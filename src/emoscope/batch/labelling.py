"""Chunks to labelled rows: the loop that every way of labelling files shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from emoscope.batch.counts import RowCounts
from emoscope.batch.pipeline import ReadAhead, WriteBehind
from emoscope.batch.row_encoding import RowEncoding
from emoscope.batch.writing.journal import Commit
from emoscope.errors import UnreadableFile
from emoscope.inference.answers import Answers, LabelSet
from emoscope.inference.classifier import EmotionClassifier
from emoscope.inference.label_rows import label_rows
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.text_column import read_texts


class Target(Protocol):
    """Where labelled rows go: a file, standard output, a block of a folder."""

    @property
    def resumed(self) -> Commit | None:
        """What an interrupted job has written already."""

    def append(self, data: bytes, after: Cursor, counts: RowCounts) -> None:
        """Write encoded rows, ``counts`` of all rows so far, up to ``after``."""

    def finish(self) -> None:
        """Make what was written whole."""


OnChunk = Callable[[Chunk, int], None]
"""Is told of a chunk that was scored, and of all rows so far."""


def label_chunks(
    chunks: Iterable[Chunk],
    classifier: EmotionClassifier,
    encoding: RowEncoding,
    target: Target,
    *,
    strict: bool = False,
    on_chunk: OnChunk = lambda chunk, rows: None,
) -> RowCounts:
    """Label ``chunks`` into ``target``: one is read and one is written while another is scored.

    Raises :class:`UnreadableFile` at a row that cannot be read, if ``strict``.
    """
    writer = _Writer(encoding, target)
    rows = writer.counts.rows
    rollups = [each.rollup for each in encoding.added.sets if each.rollup is not None]
    reading = ReadAhead((c, *read_texts(c, encoding.text_column)) for c in chunks)
    writing = WriteBehind(writer.write)
    try:
        for chunk, texts, errors in reading:
            if strict and errors:
                raise _stopped(chunk, errors, encoding)
            answers = label_rows(classifier, texts, rollups)
            writing.put(((chunk, texts, errors), answers))
            rows += len(chunk)
            on_chunk(chunk, rows)
        writing.drain()
    finally:
        reading.close()
        writing.close()
    return writer.counts


_Work = tuple[Chunk, list[str | None], dict[int, str]]
"""A chunk on its way, with its texts, and the errors of rows that cannot be read."""


class _Writer:
    """Encodes labelled chunks and hands them to the target; runs in a thread of its own."""

    def __init__(self, encoding: RowEncoding, target: Target) -> None:
        self.counts = target.resumed.counts if target.resumed else RowCounts()
        self._encoding = encoding
        self._target = target
        self._own: LabelSet = encoding.added.sets[0]

    def write(self, item: tuple[_Work, Answers]) -> None:
        (chunk, _, errors), answers = item
        data = self._encoding.encoder.encode(chunk, errors, answers)
        if not self.counts.rows:
            data = self._encoding.encoder.header() + data
        counts = self.counts.plus(chunk, errors, answers, self._own)
        self._target.append(self._encoding.pack(data), chunk.after, counts)
        self.counts = counts


def finish(counts: RowCounts, encoding: RowEncoding, target: Target) -> None:
    """Make the target whole; one without rows gets the header alone."""
    if not counts.rows:
        target.append(encoding.pack(encoding.encoder.header()), Cursor(), counts)
    target.finish()


def _stopped(chunk: Chunk, errors: Mapping[int, str], encoding: RowEncoding) -> UnreadableFile:
    row = min(errors)
    return UnreadableFile(
        f"{chunk.place(row)}: {errors[row]}. Correct that row and run again with "
        "--restart, or run without --strict to have it marked in the column "
        f"{encoding.added.error!r}."
    )

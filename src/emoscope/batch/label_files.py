"""Label files of any size: the function behind ``emoscope predict FILE -o OUT``."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from emoscope.batch.counts import Tally
from emoscope.batch.job_identity import describe_run
from emoscope.batch.options import LabelOptions
from emoscope.batch.pipeline import ReadAhead, WriteBehind
from emoscope.batch.plan import Plan, make_plan
from emoscope.batch.summary import OnProgress, Progress, Summary
from emoscope.batch.worker import Labelled, Worker
from emoscope.batch.writing.output_file import check_place, open_output
from emoscope.batch.writing.targets import StandardOutput, Target
from emoscope.errors import DataError, UnreadableFile
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.formats import OutputFormat, output_format, piped_format
from emoscope.io.input_files import Inputs, find_inputs, is_standard_input
from emoscope.io.text_column import read_texts


def label_files(
    classifier: EmotionClassifier,
    inputs: Sequence[str | Path],
    output: str | Path | None = None,
    options: LabelOptions | None = None,
    progress: OnProgress | None = None,
) -> Summary:
    """Label every row of ``inputs`` and write all of them, in order, to ``output``.

    Inputs are CSV, TSV, JSON lines, plain text or Parquet files, gzip or not, patterns such as
    ``"comments-*.csv"``, or ``-`` for standard input. ``output`` is a file whose name tells its
    format, or None for standard output. What is added is described in
    :mod:`emoscope.batch.added_columns`. ``progress`` is called about once a chunk.

    An output file appears when it is complete. Killed before, the same call goes on where it
    stopped, and the result has the bytes of an unbroken run. A row that cannot be read is written
    with an empty prediction and a reason; with ``options.strict`` it raises
    :class:`UnreadableFile`, naming file and line.

    Raises a :class:`DataError` for inputs that are not there, that are damaged, that differ in
    columns, or whose text column is not clear; for an output that is there already; and for an
    interrupted run that was not the same as this one.
    """
    chosen = options or LabelOptions()
    tell = progress or _silent
    paths = find_inputs(inputs)
    target_path = None if output is None else Path(output)
    if target_path is not None:
        check_place(target_path, paths, overwrite=chosen.overwrite)
    tell(Progress(0, None, "checking"))
    pipe = is_standard_input(paths)
    source = Inputs(paths, chosen.reading)
    written = _output_format(source, target_path, chosen)
    worker = Worker(classifier, chosen.taxonomies)
    plan = make_plan(source, worker, written, chosen, pipe=pipe)
    target: Target
    if target_path is None:
        target = StandardOutput()
    else:
        run = None if pipe else describe_run(classifier, paths, written, chosen)
        target = open_output(
            target_path,
            run,
            finisher=plan.finisher,
            overwrite=chosen.overwrite,
            restart=chosen.restart,
        )
    began = time.perf_counter()
    try:
        tally = _label(source, worker, plan, target, tell, strict=chosen.strict)
    finally:
        target.close()
    return Summary(
        rows=tally.rows,
        unread=tally.unread,
        examples=tally.examples,
        labels=dict(sorted(tally.labels.items(), key=lambda pair: (-pair[1], pair[0]))),
        text_column=plan.text_column,
        added=plan.added.names,
        error_column=plan.added.error,
        output=target_path,
        resumed=target.resumed.tally.rows if target.resumed else 0,
        seconds=time.perf_counter() - began,
        notes=tuple(source.notes),
    )


@dataclass(frozen=True, eq=False)
class _Work:
    """A chunk on its way, with its texts."""

    chunk: Chunk
    texts: list[str | None]
    errors: dict[int, str]


class _Writer:
    """Encodes labelled chunks and hands them to the target; runs in a thread of its own."""

    def __init__(self, plan: Plan, target: Target, worker: Worker) -> None:
        self.tally = target.resumed.tally if target.resumed else Tally()
        self._plan = plan
        self._target = target
        self._own = worker.sets[0]

    def write(self, item: tuple[_Work, Labelled]) -> None:
        work, labelled = item
        data = self._plan.encoder.encode(work.chunk, work.errors, labelled)
        if not self.tally.rows:
            data = self._plan.encoder.header() + data
        tally = self.tally.plus(work.chunk, work.errors, labelled, self._own)
        self._target.append(self._plan.pack(data), work.chunk.after, tally)
        self.tally = tally

    def finish(self) -> None:
        complete = self._target.resumed is not None and self._target.resumed.complete
        if not self.tally.rows and not complete:
            header = self._plan.pack(self._plan.encoder.header())
            self._target.append(header, Cursor(), self.tally)
        self._target.finish()


def _label(
    source: Inputs, worker: Worker, plan: Plan, target: Target, tell: OnProgress, *, strict: bool
) -> Tally:
    start = target.resumed.after if target.resumed else None
    writer = _Writer(plan, target, worker)
    rows = writer.tally.rows
    reading = ReadAhead(_works(source.chunks(start), plan.text_column))
    writing = WriteBehind(writer.write)
    try:
        for work in reading:
            if strict and work.errors:
                raise _stopped(work, plan)
            writing.put((work, worker(work.texts)))
            rows += len(work.chunk)
            tell(Progress(rows, source.share(work.chunk), "labelling"))
        writing.drain()
    finally:
        reading.close()
        writing.close()
    source.check_unchanged()
    tell(Progress(rows, 1.0, "finishing"))
    writer.finish()
    return writer.tally


def _works(chunks: Iterator[Chunk], text_column: str) -> Iterator[_Work]:
    for chunk in chunks:
        yield _Work(chunk, *read_texts(chunk, text_column))


def _stopped(work: _Work, plan: Plan) -> UnreadableFile:
    row = min(work.errors)
    return UnreadableFile(
        f"{work.chunk.place(row)}: {work.errors[row]}. Mend that row and run again with --restart, "
        f"or run without --strict to have it marked in the column {plan.added.error!r}."
    )


def _output_format(source: Inputs, output: Path | None, options: LabelOptions) -> OutputFormat:
    if output is None:
        return piped_format(source.format, options.output_format)
    found = output_format(output)
    if options.output_format not in (None, found.format):
        raise DataError(
            f"{output} is {found.format} by its name, and {options.output_format} was asked for. "
            "Change one of them."
        )
    return found


def _silent(progress: Progress) -> None:
    """Nobody listens."""

"""Label files of any size: the function behind ``emoscope predict FILE -o OUT``."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from emoscope.batch.counts import RowCounts
from emoscope.batch.input_columns import find_columns
from emoscope.batch.job_identity import describe_job
from emoscope.batch.labelling import finish, label_chunks
from emoscope.batch.options import LabelOptions
from emoscope.batch.row_encoding import RowEncoding, refuse_formulas, row_encoding
from emoscope.batch.summary import OnProgress, Progress, Summary
from emoscope.batch.writing.job_folder import JobFolder
from emoscope.batch.writing.journal import Commit
from emoscope.batch.writing.output_file import OutputFile, open_output
from emoscope.batch.writing.standard_output import StandardOutput
from emoscope.errors import DataError
from emoscope.inference.added_columns import AddedColumns
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.atomic_files import check_output, exists_already
from emoscope.io.chunks import Chunk, Cursor
from emoscope.io.formats import STANDARD_INPUT, OutputFormat, output_format, piped_format
from emoscope.io.input_files import Inputs, find_inputs, is_standard_input


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
    format, or None or ``-`` for standard output. What is added is described in
    :mod:`emoscope.inference.added_columns`. ``progress`` is called about once a chunk.

    An output file appears when it is complete. Killed before, the same call resumes where it
    stopped, and the result has the bytes of an unbroken job. A row that cannot be read is written
    with an empty prediction and a reason; with ``options.strict`` it raises
    :class:`UnreadableFile`, naming file and line.

    Raises a :class:`DataError` for inputs that do not exist, that are damaged, that change while
    they are read, that differ in columns, or whose text column is not clear; for an output that
    exists, or that another process is writing; and for an interrupted job that is not this one.
    """
    chosen = options or LabelOptions()
    tell: OnProgress = progress or (lambda progress: None)
    paths = find_inputs(inputs)
    pipe = is_standard_input(paths)
    target_path = None if output is None or str(output) == STANDARD_INPUT else Path(output)
    if target_path is not None:
        check_place(target_path, [] if pipe else paths, overwrite=chosen.overwrite)
    source = Inputs(paths, chosen)
    tell(Progress(0, None, "checking"))
    with source.explaining_errors():
        written = _output_format(source, target_path, chosen)
        sets = classifier.label_sets(chosen.rollups)
        refuse_formulas(written, chosen)
        added = AddedColumns(sets, chosen.probabilities, chosen.prefix)
        columns = find_columns(source, added, written, chosen, pipe=pipe)
        encoding = row_encoding(columns, added, written, chosen)
        target: StandardOutput | OutputFile
        if target_path is None:
            target = StandardOutput()
            target.refuse_as_input([] if pipe else paths)
        else:
            target = open_output(
                target_path,
                describe_job(classifier, None if pipe else paths, written, chosen),
                finisher=encoding.finisher,
                count_rows=encoding.count_rows,
                overwrite=chosen.overwrite,
                restart=chosen.restart,
            )
        began = time.perf_counter()
        try:
            counts = _label(source, classifier, encoding, target, tell, chosen)
        finally:
            target.close()
    return Summary(
        rows=counts.rows,
        unread=counts.unread,
        examples=counts.examples,
        labels=_most_frequent_first(counts.labels),
        text_notes=_most_frequent_first(counts.notes),
        text_column=encoding.text_column,
        added=encoding.added.names,
        error_column=encoding.added.error,
        output=target_path,
        resumed=target.resumed.counts.rows if target.resumed else 0,
        seconds=time.perf_counter() - began,
        notes=tuple(source.notes),
    )


def check_place(output: Path, inputs: Sequence[Path], *, overwrite: bool) -> None:
    """Refuse an ``output`` that cannot be written, before work is done."""
    path = check_output(output, inputs, overwrite=True)
    folder = JobFolder(path)
    # A job that was killed after its output had its name is finished by the same call.
    if path.exists() and not overwrite and not folder.exists():
        raise exists_already(output)
    for each in inputs:
        if each.resolve().is_relative_to(folder.path):
            raise DataError(
                f"{each} belongs to the unfinished job on {output}. Copy it elsewhere, or choose "
                "another name for the output."
            )


def _label(
    source: Inputs,
    classifier: EmotionClassifier,
    encoding: RowEncoding,
    target: StandardOutput | OutputFile,
    tell: OnProgress,
    options: LabelOptions,
) -> RowCounts:
    counts = label_chunks(
        _remaining(source.chunks(), target.resumed, source.name),
        classifier,
        encoding,
        target,
        strict=options.strict,
        on_chunk=lambda chunk, rows: tell(Progress(rows, source.share(chunk), "labelling")),
    )
    tell(Progress(counts.rows, 1.0, "finishing"))
    finish(counts, encoding, target)
    return counts


def _remaining(chunks: Iterator[Chunk], done: Commit | None, source: str) -> Iterator[Chunk]:
    """Skip the chunks that an interrupted job has written.

    They are read all the same, at about a hundredth of the time that scoring them took: this alone
    shows that the journal's counts and cursor are those of these inputs. Raises
    :class:`DataError` when they are not.
    """
    if done is not None:
        rows, after = 0, Cursor()
        while rows < done.counts.rows and (chunk := next(chunks, None)) is not None:
            rows, after = rows + len(chunk), chunk.after
        if (rows, after) != (done.counts.rows, done.after):
            raise DataError(
                f"The journal of an interrupted job has been altered: it says that its "
                f"{done.counts.rows:,} rows end at another place than those of {source}. Discard "
                "them with --restart."
            )
    yield from chunks


def _most_frequent_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


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

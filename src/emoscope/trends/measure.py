"""Emotion shares over time: the function behind ``emoscope trends``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from emoscope import loading
from emoscope.batch.pipeline import ReadAhead
from emoscope.batch.summary import OnProgress, Progress
from emoscope.errors import ColumnMissing, DataError, NoExamples, UnknownLabel, listing, nearest
from emoscope.inference.classifier import EmotionClassifier
from emoscope.io.input_files import Inputs, find_inputs
from emoscope.scorers.runtime_options import RuntimeOptions
from emoscope.trends.label_source import LabelSource, TextLabels
from emoscope.trends.labelled_files import LabelColumns, find_labelling
from emoscope.trends.options import TrendOptions
from emoscope.trends.result import LeftOut, Trends
from emoscope.trends.rows import Counted, RowReader
from emoscope.trends.times import READABLE

Model = EmotionClassifier | str | Path


def measure_trends(
    inputs: str | Path | Sequence[str | Path],
    options: TrendOptions,
    model: Model | None = None,
    progress: OnProgress | None = None,
    *,
    runtime: RuntimeOptions | None = None,
) -> Trends:
    """Count how many texts have each label, period by period, and group by group if asked.

    ``inputs`` are files as in :func:`emoscope.batch.label_files`. Where they are labelled already,
    their labels are counted; with a ``model`` (a classifier, or what :func:`emoscope.load` takes)
    or a text column in ``options``, and for files without labels, the texts are labelled first,
    by the model that ships with the package unless another is given, opened with ``runtime``.
    Files are streamed: memory holds the counts alone. ``progress`` is called about once a chunk.

    Raises :class:`ColumnMissing` and other :class:`DataError` for inputs that are not there, that
    are damaged or whose columns are not clear; :class:`NoExamples` when no row can be counted;
    :class:`UnknownLabel` for a label that there is not; and with ``options.strict``
    :class:`emoscope.errors.UnreadableFile` at the first row that cannot be read.
    """
    tell: OnProgress = progress or (lambda progress: None)
    paths = find_inputs([inputs] if isinstance(inputs, (str, Path)) else inputs)
    tell(Progress(0, None, "checking"))
    source = Inputs(paths, options)
    answers = _find_answers(source, options, model, runtime)
    _refuse_unknown(answers, options.labels, source.name)
    rows = RowReader(options, answers)
    chunks = ReadAhead(source.chunks())
    try:
        for chunk in chunks:
            rows.read(chunk)
            tell(Progress(rows.rows, source.share(chunk), "counting"))
    finally:
        chunks.close()
    counted, date_notes = rows.settle()
    if counted.counter.empty:
        raise _nothing(source.name, options, rows, counted.left_out)
    _refuse_unknown(answers, options.labels, source.name, every_row_read=True)
    trends = Trends(
        labels=answers.labels,
        groups=rows.groups,
        counts=counted.counter.finish(len(rows.groups), len(answers.labels)),
        time=options.time,
        by=options.by,
        source=answers.source,
        rows=rows.rows,
        left_out=counted.left_out,
        notes=(*source.notes, *answers.notes, *date_notes, *_absent(rows, counted, options)),
    )
    trends = replace(trends, notes=(*trends.notes, *_outlying(trends)))
    return trends.select(options.labels) if options.labels else trends


def _find_answers(
    source: Inputs, options: TrendOptions, model: Model | None, runtime: RuntimeOptions | None
) -> LabelSource:
    first = source.first()
    if first is None:
        raise NoExamples(f"{source.name} has no rows. Give a file with at least one.")
    columns = source.columns or first.records.names()
    for column, option in ((options.time, "--time"), (options.by, "--by")):
        if column is not None and column not in columns:
            raise ColumnMissing(source.name, column, columns, option)
    if model is None and options.text is None:
        added = find_labelling(columns, options.prefix, source.name)
        if added is not None:
            return LabelColumns(added, columns, first.records, options.rollup, source.name)
    text = source.text_column(options.text, columns, first.records)
    if isinstance(model, EmotionClassifier):
        return TextLabels(model, text, options.rollup)
    classifier = loading.load_with(model, runtime)
    return TextLabels(classifier, text, options.rollup)


def _refuse_unknown(
    answers: LabelSource, asked: Sequence[str], source: str, *, every_row_read: bool = False
) -> None:
    """Before rows are read where all labels are known by then, and once more behind the last."""
    if not (answers.complete or every_row_read):
        return
    known = answers.labels
    unknown = next((label for label in asked if label not in known), None)
    if unknown is not None:
        raise UnknownLabel(
            f"There is no label {unknown!r} to count in {source}. {nearest(unknown, known)}"
            f"There are: {listing(known, 30)}."
        )


def _nothing(source: str, options: TrendOptions, rows: RowReader, left: LeftOut) -> DataError:
    """Why there is not one row to count."""
    if left.outside:
        where = [f"since {options.since}"] if options.since else []
        where += [f"before {options.before}"] if options.before else []
        if options.groups:
            where.append(f"with {listing(map(repr, options.groups))} in column {options.by!r}")
        near = "".join(nearest(name, rows.other_groups) for name in options.groups[:1])
        return NoExamples(
            f"{source} has no row that can be counted {' and '.join(where)}. {near}"
            "Change what is asked for, or leave it away."
        )
    if left.untimed > left.unread:
        return NoExamples(
            f"{source}: no time can be read in column {options.time!r}; it begins with "
            f"{left.untimed_examples[0]}. {READABLE}. Name another column with --time."
        )
    return NoExamples(
        f"{source} has no row that can be counted; it begins with {left.unread_examples[0]}. "
        "Correct such rows, or name the column of the texts with --text."
    )


def _outlying(trends: Trends) -> list[str]:
    """Times far from all others, which are often wrong ones."""
    periods = trends.periods
    texts = trends.texts.sum(axis=0)
    first, last = trends.main_range
    notes = []
    if first:
        n = int(texts[:first].sum())
        notes.append(
            f"{_texts(n, periods[:first])} far before all others, which begin with "
            f"{periods[first]}; leave out wrong times with --since {periods[first]!r}"
        )
    if last < len(periods) - 1:
        n = int(texts[last + 1 :].sum())
        after = periods[last + 1 :]
        notes.append(
            f"{_texts(n, after)} far behind all others, which end with {periods[last]}; leave out "
            f"wrong times with --before {after[0]!r}"
        )
    return notes


def _texts(n: int, periods: Sequence[str]) -> str:
    return f"{n:,} text{'' if n == 1 else 's'} ({listing(periods, 3)}) lie{'s' * (n == 1)}"


def _absent(rows: RowReader, counted: Counted, options: TrendOptions) -> list[str]:
    """Groups that were asked for and that no row has."""
    return [
        f"no row that was counted has {name!r} in column {options.by!r}. "
        f"{nearest(name, rows.other_groups)}".strip()
        for place, name in enumerate(options.groups)
        if place not in counted.seen_groups
    ]

"""Labelling files from the command line: a bar while it runs, a summary when it is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from emoscope.batch import LabelOptions, Progress, Summary, label_files
from emoscope.batch.summary import OnProgress
from emoscope.classifier import EmotionClassifier
from emoscope.cli.terminal import tell


def label(
    classifier: EmotionClassifier,
    inputs: Sequence[str],
    output: Path | None,
    *,
    text: str | None,
    taxonomies: tuple[str, ...],
    wide: bool,
    strict: bool,
    overwrite: bool,
    restart: bool,
) -> None:
    """Label ``inputs`` into ``output``, or onto standard output."""
    options = LabelOptions(
        text=text,
        probabilities="wide" if wide else "object",
        taxonomies=taxonomies,
        strict=strict,
        overwrite=overwrite,
        restart=restart,
    )
    with bar() as progress:
        summary = label_files(classifier, inputs, output, options, progress)
    for line in told(summary):
        tell(line)


def told(summary: Summary) -> list[str]:
    """Return what a person should know when it is done, a line each."""
    speed = f", {summary.rows_per_second:,.0f} rows a second" if summary.rows_per_second else ""
    resumed = f", {summary.resumed:,} of them in an earlier run" if summary.resumed else ""
    lines = [f"{summary.rows:,} rows labelled by {summary.text_column!r}{resumed}{speed}"]
    if summary.unread:
        lines.append(f"{summary.unread:,} rows could not be read; the column error says why:")
        lines += [f"  {example}" for example in summary.examples]
    if summary.labels:
        top = [f"{label} {n:,}" for label, n in list(summary.labels.items())[:5]]
        lines.append("most frequent: " + ", ".join(top))
    lines += list(summary.notes)
    if summary.output is not None:
        lines.append(f"labelled   {summary.output}")
    return lines


@contextmanager
def bar() -> Iterator[OnProgress]:
    """Show a progress bar with rows a second and time left where a person looks."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich import progress as rich_progress
    from rich.console import Console

    with rich_progress.Progress(
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.TaskProgressColumn(),
        rich_progress.TextColumn("{task.fields[rows]}"),
        rich_progress.TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as shown:
        task = shown.add_task("checking", total=1.0, rows="")
        first: list[float] = []

        def update(progress: Progress) -> None:
            shown.update(
                task,
                description=progress.stage,
                total=None if progress.share is None else 1.0,
                completed=progress.share or 0.0,
                rows=_rows(progress.rows, shown.get_time(), first),
            )

        yield update


def _rows(rows: int, now: float, first: list[float]) -> str:
    if not first:
        first += [now, rows]
    start, before = first
    speed = (rows - before) / (now - start) if now > start else 0.0
    return f"{rows:,} rows, {speed:,.0f}/s"

"""Labelling files from the command line: a progress bar, then a summary."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from emoscope.batch.label_files import label_files
from emoscope.batch.options import LabelOptions
from emoscope.batch.summary import OnProgress, Progress, Summary
from emoscope.cli.faster_model import with_hint
from emoscope.cli.terminal import tell
from emoscope.errors import UnreadableFile, listing
from emoscope.inference.classifier import EmotionClassifier
from emoscope.metrics.formatting import count
from emoscope.progress import HowFar, ProgressFile, take_progress_file

_SPEED_WINDOW = 300.0
"""Seconds that the time left is estimated from; a chunk of a slow model may take a minute."""


def label(
    classifier: EmotionClassifier,
    inputs: Sequence[str],
    output: Path | None,
    options: LabelOptions,
) -> None:
    """Label ``inputs`` into ``output``, or onto standard output."""
    with bar() as progress:
        summary = label_files(
            classifier, inputs, output, options, with_hint(classifier, progress, tell)
        )
    for line in summary_lines(summary):
        tell(line)
    if summary.rows and summary.unread == summary.rows:
        raise UnreadableFile(
            f"No row of {listing(inputs)} could be read. The reasons are in the column "
            f"{summary.error_column!r}; name the column with the texts (--text), or what the file "
            "holds (--from)."
        )


def summary_lines(summary: Summary) -> list[str]:
    """Return counts, speed and notes of a finished job, a line each."""
    speed = f", {summary.rows_per_second:,.0f} rows a second" if summary.rows_per_second else ""
    resumed = f", {summary.resumed:,} of them by an interrupted job" if summary.resumed else ""
    lines = [f"{count(summary.rows, 'row')} labelled by {summary.text_column!r}{resumed}{speed}"]
    if summary.unread:
        lines.append(
            f"{count(summary.unread, 'row')} could not be read; the column {summary.error_column} "
            "says why:"
        )
        lines += [f"  {example}" for example in summary.examples]
    if summary.labels:
        top = [f"{label} {n:,}" for label, n in list(summary.labels.items())[:5]]
        lines.append("most frequent: " + ", ".join(top))
    if summary.text_notes:
        notes = [f"{count(n, 'text')} {note}" for note, n in summary.text_notes.items()]
        lines.append("notes: " + ", ".join(notes))
    lines += list(summary.notes)
    if summary.output is not None:
        lines.append(f"labelled   {summary.output}")
    return lines


@contextmanager
def bar() -> Iterator[OnProgress]:
    """Show a progress bar with rows a second and time left, on a terminal or in a file."""
    if not sys.stderr.isatty():
        file = take_progress_file()
        yield (lambda progress: None) if file is None else _writing(file)
        return
    from rich import progress as rich_progress  # deferred: start-up
    from rich.console import Console  # deferred: start-up

    with rich_progress.Progress(
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.TaskProgressColumn(),
        rich_progress.TextColumn("{task.fields[rows]}"),
        rich_progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        speed_estimate_period=_SPEED_WINDOW,
    ) as shown:
        task = shown.add_task("checking", total=None, rows="")
        speed = Speed()

        def update(progress: Progress) -> None:
            shown.update(
                task,
                description=progress.stage,
                total=None if progress.share is None else 1.0,
                completed=progress.share or 0.0,
                rows=speed.text(progress, shown.get_time()),
            )

        yield update


def _writing(file: ProgressFile) -> OnProgress:
    """A function that keeps ``file`` at what is done."""
    speed = Speed()

    def write(progress: Progress) -> None:
        rows = speed.text(progress, time.monotonic())
        total = None if progress.share is None else 1.0
        file.write(HowFar(progress.stage, progress.share or 0.0, total, rows))

    return write


class Speed:
    """Rows a second of this process: neither checking nor rows of an interrupted job count."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def text(self, progress: Progress, now: float) -> str:
        """Return the rows done and their speed; ``now`` is in seconds."""
        if progress.stage == "checking":
            return ""
        if self._first is None:
            self._first = now, progress.rows
        start, before = self._first
        if now <= start:
            return count(progress.rows, "row")
        return f"{count(progress.rows, 'row')}, {(progress.rows - before) / (now - start):,.0f}/s"

"""Watching a job from a terminal until it ends, as if it ran here."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emoscope.cli.terminal import show, tell
from emoscope.errors import SlurmError
from emoscope.progress import HowFar
from emoscope.slurm.overview import Overview, overview
from emoscope.slurm.records import JobRecord
from emoscope.slurm.scheduler import Queued, queued_jobs

_LOOK = 1.0
"""Seconds between two looks at what the job has written."""
_ASK = 5.0
"""Seconds between two questions to SLURM, whose controller serves everybody."""


def follow(record: JobRecord) -> None:
    """Show how far the job is until it ends.

    Ctrl-C stops the looking, not the job. Raises :class:`SlurmError` for a job that has failed,
    with its error.
    """
    try:
        with _display() as update:
            found = _until_it_ends(record, update)
    except KeyboardInterrupt:
        tell(
            f"Job {record.id} goes on. Follow it: emoscope jobs {record.id} --wait. End it: "
            f"emoscope jobs {record.id} --cancel"
        )
        raise
    tell_end(found)


def tell_end(found: Overview) -> None:
    """Say what a job that has ended left; raises :class:`SlurmError` where it failed."""
    record = found.record
    if found.failed:
        first, *others = found.failed
        ended = first.state if first.state in ("failed", "ended") else f"failed ({first.state})"
        reason = f": {first.error.rstrip('.')}" if first.error else ""
        more = f" {len(others)} more of the array did not finish." if others else ""
        raise SlurmError(f"Job {first.id} {ended}{reason}. Log: {record.log(first.id)}{more}")
    show(f"finished   {record.id}")
    for each in record.leaves[:12]:
        show(f"left       {each}")


def shown_progress(now: HowFar | None) -> str:
    """How far, in a few characters: 120/500 steps, or a percentage."""
    if now is None or now.total is None:
        return ""
    return f"{now.done:.0%}" if now.total == 1.0 else f"{now.done:.0f}/{now.total:.0f}"


def _until_it_ends(record: JobRecord, update: Callable[[Overview], None]) -> Overview:
    asked = float("-inf")
    queue: dict[str, Queued] | None = None
    while True:
        if time.monotonic() - asked >= _ASK:
            try:
                queue = queued_jobs()
            except SlurmError:  # a controller that restarts; the job's own files still tell
                queue = None
            asked = time.monotonic()
        found = overview(record, queue)
        update(found)
        if not found.goes_on:
            return found
        time.sleep(_LOOK)


@contextmanager
def _display() -> Iterator[Callable[[Overview], None]]:
    """A bar on a terminal; elsewhere a line for each change of state."""
    if not sys.stderr.isatty():
        last = [""]

        def line(found: Overview) -> None:
            if found.state != last[0]:
                last[0] = found.state
                tell(f"{found.record.id} {found.state}")

        yield line
        return
    from rich import progress as rich_progress  # deferred: start-up
    from rich.console import Console  # deferred: start-up

    with rich_progress.Progress(
        rich_progress.TextColumn("[bold]{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.TextColumn("{task.fields[far]}"),
        rich_progress.TextColumn("{task.fields[status]}"),
        rich_progress.TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        console=Console(stderr=True),
    ) as shown:
        task = shown.add_task("", total=None, far="", status="")

        def bar(found: Overview) -> None:
            now = _how_far(found)
            running = now.status if found.goes_on else ""
            shown.update(
                task,
                description=f"{found.record.id} {now.stage}",
                total=now.total,
                completed=now.done,
                far=shown_progress(now),
                status="  ".join(filter(None, (running, now.validation))),
                refresh=True,
            )

        yield bar


def _how_far(found: Overview) -> HowFar:
    """What the job says itself; of an array whose members are on their own, how many have ended."""
    if len(found.members) > 1 and not found.record.shared:
        ended = sum(not member.goes_on for member in found.members)
        return HowFar("array", ended, len(found.members), found.state)
    last = found.progress or HowFar("", 0.0, None)
    if "running" not in found.state or found.progress is None:
        done = last.total if found.state == "finished" and last.total else last.done
        return HowFar(found.state, done, last.total)
    score = f"validation {last.validation}" if last.validation else ""
    return HowFar(last.stage, last.done, last.total, last.status, score)

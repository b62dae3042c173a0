"""``emoscope jobs``: what was submitted to SLURM, and how it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from emoscope.progress import HowFar
    from emoscope.slurm.overview import Member, Overview
    from emoscope.slurm.records import JobRecord
    from emoscope.slurm.scheduler import Queued

_SHOWN = 20
"""Jobs in the table, the latest ones."""
_ERRORS = 5
"""Errors shown of an array."""


def jobs(
    job: Annotated[
        str | None, typer.Argument(help="A job's number: show it alone, each of its array.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the job until it ends.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="End the job.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where jobs lie; from EMOSCOPE_SLURM's profile, else runs/.slurm."),
    ] = None,
    settings: Annotated[
        bool, typer.Option("--settings", help="List all --slurm options, then exit.")
    ] = False,
) -> None:
    """Show state, progress, last validation figure and log of jobs submitted with --slurm."""
    from emoscope.cli.follow import follow  # deferred: start-up
    from emoscope.cli.terminal import show, show_table, tell  # deferred: start-up
    from emoscope.errors import SlurmError  # deferred: start-up
    from emoscope.slurm import scheduler  # deferred: start-up
    from emoscope.slurm.overview import overview  # deferred: start-up
    from emoscope.slurm.records import find_record, read_records  # deferred: start-up
    from emoscope.slurm.settings import SlurmSettings, read_settings  # deferred: start-up

    if settings:
        show_table(("option", "default", "what it is"), SlurmSettings.described(), numbers=False)
        return
    place = folder or read_settings("", {}, os.environ).folder
    if job is None:
        if wait or cancel:
            raise SlurmError("Name a job: emoscope jobs NUMBER --wait, or --cancel.")
        records = read_records(place)
        if not records:
            show(f"No jobs in {place}. A command with --slurm submits one.")
            return
        queue = _queue()
        found = [overview(record, queue) for record in records[-_SHOWN:]]
        _show_table([_job_row(each) for each in found])
        for each in found:
            _show_errors(each)
        if len(records) > _SHOWN:
            tell(f"{len(records) - _SHOWN} earlier jobs are not shown: {place}")
        return
    record = find_record(place, job)
    if cancel:
        scheduler.cancel(job)
        show(f"cancelled  {job}")
    elif wait:
        follow(record)
    else:
        one = overview(record, _queue())
        members = [each for each in one.members if job in (record.id, each.id)]
        show(f"{record.id}  {record.command}")
        _show_table([_member_row(record, each) for each in members])
        _show_errors(replace(one, members=tuple(members)))


def _queue() -> Mapping[str, Queued] | None:
    """What SLURM says; where it says nothing, the jobs' files still tell how they went."""
    from emoscope.cli.terminal import tell  # deferred: start-up
    from emoscope.errors import SlurmError  # deferred: start-up
    from emoscope.slurm.scheduler import queued_jobs  # deferred: start-up

    try:
        return queued_jobs()
    except SlurmError as error:
        tell(f"{error} Shown is what the jobs have written.")
        return None


def _show_table(rows: list[tuple[str, ...]]) -> None:
    from emoscope.cli.terminal import show, show_table  # deferred: start-up

    columns = ("job", "name", "state", "progress", "validation")
    show_table(columns, [row[:-1] for row in rows], numbers=False)
    for job, *_, log in rows:  # paths are too long for a table
        show(f"{job} log {log}")


def _job_row(found: Overview) -> tuple[str, ...]:
    record = found.record
    if len(found.members) == 1:
        return _member_row(record, found.members[0])
    job, log = f"{record.id}[0-{len(found.members) - 1}]", record.log(f"{record.id}_*")
    return job, record.name, found.state, *_looks(found.progress), _near(log)


def _member_row(record: JobRecord, member: Member) -> tuple[str, ...]:
    state = f"{member.state} ({member.reason})" if member.reason else member.state
    log = _near(record.log(member.id))
    return member.id, record.name, state, *_looks(member.progress), log


def _looks(progress: HowFar | None) -> tuple[str, str]:
    """How far, and the last figure from validation."""
    from emoscope.cli.follow import shown_progress  # deferred: start-up

    return shown_progress(progress), "" if progress is None else progress.validation


def _near(path: Path) -> str:
    """A path from here, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _show_errors(found: Overview) -> None:
    from emoscope.cli.terminal import show  # deferred: start-up

    for member in found.failed[:_ERRORS]:
        if member.error:
            show(f"{member.id} {member.state}: {member.error}")
    if len(found.failed) > _ERRORS:
        show(f"{found.record.id}: {len(found.failed) - _ERRORS} more did not finish")

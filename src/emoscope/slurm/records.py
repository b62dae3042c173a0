"""What lies in the folder of a job: ``job.json`` from who submitted it, a status from itself.

A job (or member of an array) of id ID has beside submitit's files (ID_submitted.pkl, the log
ID_0_log.out) its ``ID_status.json`` and ``ID_progress.json``. SLURM forgets a job minutes after
its end, and an accounting database is not everywhere; these files stay.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from emoscope.errors import SlurmError
from emoscope.io.atomic_files import atomic_file

FORMAT_VERSION = 1
JOB = "job.json"

State = Literal["running", "requeued", "finished", "failed"]


@dataclass(frozen=True)
class JobRecord:
    """A job as it was submitted."""

    id: str
    """SLURM's number."""
    name: str
    command: str
    """The command line, as the first member runs it."""
    members: int | None
    """Jobs of the array, which are ID_0, ID_1 and so on; None for a single one."""
    submitted: str
    """Local time, ISO 8601."""
    leaves: tuple[str, ...]
    """What each member leaves: a run folder, a file."""
    folder: Path
    """Where this was read, or written to."""
    shared: bool = False
    """Whether its members do one thing together, and each tells how far all are."""

    @property
    def member_ids(self) -> list[str]:
        """Ids of what runs."""
        if self.members is None:
            return [self.id]
        return [f"{self.id}_{member}" for member in range(self.members)]

    def log(self, member: str) -> Path:
        """The log of the first process of a member."""
        return self.folder / f"{member}_0_log.out"

    def write(self) -> None:
        """Write ``job.json`` into the folder."""
        plain = {"format_version": FORMAT_VERSION, **asdict(self)}
        del plain["folder"]
        _write(self.folder / JOB, plain)


@dataclass(frozen=True)
class Status:
    """What a job says of itself."""

    state: State
    error: str = ""
    """Of a failed one: what a person should read."""


def status_path(folder: Path, member: str) -> Path:
    """Where a job says how it is."""
    return folder / f"{member}_status.json"


def progress_path(folder: Path, member: str) -> Path:
    """Where a job says how far it is."""
    return folder / f"{member}_progress.json"


def write_status(folder: Path, member: str, status: Status) -> None:
    """Replace the status of a job."""
    _write(status_path(folder, member), asdict(status))


def read_status(folder: Path, member: str) -> Status | None:
    """The status of a job; None of one that has not begun."""
    try:
        return Status(**json.loads(status_path(folder, member).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def read_records(folder: Path) -> list[JobRecord]:
    """All jobs whose folders lie in ``folder``, those submitted last at the end."""
    found = []
    for path in folder.glob(f"*/{JOB}"):
        try:
            plain = json.loads(path.read_text(encoding="utf-8"))
            if plain.pop("format_version") == FORMAT_VERSION:
                leaves = tuple(plain.pop("leaves"))
                found.append(JobRecord(**plain, leaves=leaves, folder=path.parent))
        except (OSError, ValueError, TypeError, KeyError):
            continue  # of another version, or no job of ours
    return sorted(found, key=lambda record: (record.submitted, record.id))


def find_record(folder: Path, job: str) -> JobRecord:
    """The job of a number, or of which it is a member.

    Raises :class:`SlurmError` for one that was not submitted from here.
    """
    records = read_records(folder)
    for record in reversed(records):  # numbers begin again on a new cluster
        if job == record.id or job in record.member_ids:
            return record
    known = ", ".join(record.id for record in records[-8:]) or "none"
    raise SlurmError(
        f"There is no job {job!r} in {folder}. Jobs there: {known}. Look in the folder that it was "
        "submitted from, or name the place with --folder."
    )


def _write(path: Path, plain: dict[str, Any]) -> None:
    with atomic_file(path) as staged:
        staged.write_text(json.dumps(plain, ensure_ascii=False, indent=1), encoding="utf-8")

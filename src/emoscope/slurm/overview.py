"""How jobs are: what SLURM says, joined with what they wrote themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from emoscope.progress import HowFar, read_progress
from emoscope.slurm.records import JobRecord, progress_path, read_status
from emoscope.slurm.scheduler import Queued

_WORDS = {
    "PENDING": "waiting",
    "CONFIGURING": "starting",
    "RUNNING": "running",
    "COMPLETING": "running",
    "SUSPENDED": "suspended",
    "REQUEUED": "waiting",
    "REQUEUE_HOLD": "held",
    "PREEMPTED": "waiting",
    "COMPLETED": "finished",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
    "TIMEOUT": "out of time",
    "OUT_OF_MEMORY": "out of memory",
    "NODE_FAIL": "node failed",
    "BOOT_FAIL": "node failed",
    "DEADLINE": "out of time",
}
ENDED = frozenset(
    ("finished", "failed", "cancelled", "out of time", "out of memory", "node failed", "revoked",
     "ended")
)  # fmt: skip
"""States after which nothing comes; there are many others."""
_NO_REASON = ("None", "NonZeroExitCode")


@dataclass(frozen=True)
class Member:
    """A job, or one of an array."""

    id: str
    state: str
    """A word for people: waiting, running, finished, failed, cancelled..."""
    reason: str
    """Why it waits."""
    error: str
    """Why it failed."""
    progress: HowFar | None

    @property
    def goes_on(self) -> bool:
        """Whether there is more to come."""
        return self.state not in ENDED


@dataclass(frozen=True)
class Overview:
    """A submitted job with its members."""

    record: JobRecord
    members: tuple[Member, ...]

    @property
    def goes_on(self) -> bool:
        """Whether any member does."""
        return any(member.goes_on for member in self.members)

    @property
    def state(self) -> str:
        """The state, or of an array how many are in which."""
        if len(self.members) == 1:
            (only,) = self.members
            return f"{only.state} ({only.reason})" if only.reason else only.state
        counts = Counter(member.state for member in self.members)
        return ", ".join(f"{n} {state}" for state, n in counts.most_common())

    @property
    def progress(self) -> HowFar | None:
        """How far it is; None of an array whose members are on their own."""
        looks = [member.progress for member in self.members if member.progress is not None]
        if not looks or not (self.record.shared or len(self.members) == 1):
            return None
        return max(looks, key=lambda look: look.done)

    @property
    def failed(self) -> list[Member]:
        """Members that ended without having finished."""
        return [each for each in self.members if not each.goes_on and each.state != "finished"]


def overview(record: JobRecord, queue: Mapping[str, Queued] | None) -> Overview:
    """Join a job with what SLURM says; None where SLURM could not be asked."""
    return Overview(record, tuple(_member(record, each, queue) for each in record.member_ids))


def _member(record: JobRecord, name: str, queue: Mapping[str, Queued] | None) -> Member:
    status = read_status(record.folder, name)
    known = None if queue is None else queue.get(name)
    error = reason = ""
    state = "unknown" if queue is None else "ended"  # SLURM forgets jobs
    if status is not None and status.state in ("finished", "failed"):
        state, error = str(status.state), status.error
    elif known is not None:
        word = known.state.split()[0]  # states may carry a remark, as "CANCELLED by 1000"
        state = _WORDS.get(word, known.state.lower().replace("_", " "))
        if state == "waiting" and known.reason not in _NO_REASON:
            reason = known.reason
    progress = read_progress(progress_path(record.folder, name))
    if state in ENDED and not error and state != "finished":
        error = _last_line(record, name)
    return Member(name, state, reason, error, progress)


def _last_line(record: JobRecord, name: str) -> str:
    """What the log ends with, which is SLURM's word on why it killed a job."""
    try:
        with record.log(name).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - 4096))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    written = [line.strip() for line in lines if line.strip()]
    return written[-1] if written else ""

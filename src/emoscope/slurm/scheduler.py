"""What SLURM says of jobs: squeue and scancel. sacct is not asked, as many sites have none."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

from emoscope.errors import SlurmError

_SECONDS = 60
"""Longest wait for an answer of the controller."""


@dataclass(frozen=True)
class Queued:
    """A job as SLURM shows it."""

    state: str
    """As RUNNING or PENDING."""
    reason: str
    """Why it waits."""


def queued_jobs() -> dict[str, Queued]:
    """Id -> state of one's own jobs, those that ended a few minutes ago included.

    Members of an array have ids such as 12_3. Raises :class:`SlurmError` where there is no SLURM,
    or it does not answer.
    """
    user = str(os.getuid()) if hasattr(os, "getuid") else ""
    lines = _answer("squeue", "--noheader", "--array", "--states=all", f"--user={user}",
                    "--format=%F|%K|%T|%r").splitlines()  # fmt: skip
    found = {}
    for line in lines:
        job, member, state, reason = line.strip().split("|", 3)
        found[job if member == "N/A" else f"{job}_{member}"] = Queued(state, reason)
    return found


def cancel(job: str) -> None:
    """End a job, or a whole array; raises :class:`SlurmError` where SLURM does not."""
    _answer("scancel", job)


def _answer(*command: str) -> str:
    if shutil.which(command[0]) is None:
        raise SlurmError(
            f"There is no SLURM here: {command[0]} is not found. Ask on a login node of the "
            "cluster."
        )
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise SlurmError(
            f"SLURM has not answered {command[0]} within {_SECONDS} seconds. Try again later."
        ) from error
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split()) or f"exit code {error.returncode}"
        raise SlurmError(f"SLURM did not answer {command[0]}: {said}") from error
    return done.stdout

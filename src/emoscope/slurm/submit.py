"""From commands to a job of SLURM, or an array of them."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from emoscope.errors import MissingExtra, SlurmError

try:
    import submitit
    from submitit.core.utils import FailedJobError, FailedSubmissionError
except ImportError as error:
    raise MissingExtra("slurm", "Submitting to SLURM") from error

from emoscope.slurm.job import Job
from emoscope.slurm.records import JobRecord
from emoscope.slurm.settings import SlurmSettings
from emoscope.slurm.work import Submission

_SBATCH = re.compile(r"^sbatch: (error: |fatal: )?")


def script(submission: Submission, settings: SlurmSettings) -> str:
    """The sbatch script that :func:`submit` would submit; nothing is written, no SLURM needed."""
    folder = _place(submission, settings)
    executor = _executor(submission, settings, folder)
    if len(submission.works) > 1:
        executor.parameters["map_count"] = len(submission.works)
    return executor._make_submission_file_text(executor._submitit_command_str, "")


def submit(
    submission: Submission,
    settings: SlurmSettings,
    run: Callable[[Sequence[str]], None],
) -> JobRecord:
    """Submit and return the job, with SLURM's number. ``run`` runs the words of a command line.

    Raises :class:`SlurmError` where there is no SLURM or it does not take the job, and for a folder
    that cannot be written; then nothing is left.
    """
    for program in ("sbatch", "srun"):
        if shutil.which(program) is None:
            raise SlurmError(
                f"There is no SLURM here: {program} is not found. Submit from a login node of the "
                "cluster, or leave --slurm out to run here."
            )
    folder = _place(submission, settings)
    needed = [folder] if submission.makes is None else [folder, submission.makes.absolute()]
    made = [each for path in needed for each in (path, *path.parents) if not each.exists()]
    try:
        for each in needed:
            each.mkdir(parents=True, exist_ok=True)
        works = list(submission.works)
        if submission.recipe is not None:
            copy = folder / Path(submission.recipe).name
            shutil.copyfile(submission.recipe, copy)
            works = [work.reading(copy, submission.recipe) for work in works]
        executor = _executor(submission, settings, folder)
        jobs = [Job(run, work, folder) for work in works]
        with contextlib.redirect_stderr(io.StringIO()):  # submitit prints what it raises
            first, *_ = executor.submit_array(jobs)
        record = JobRecord(
            id=first.job_id.split("_")[0],
            name=submission.name,
            command=works[0].command,
            members=len(jobs) if len(jobs) > 1 else None,
            submitted=time.strftime("%Y-%m-%dT%H:%M:%S"),
            leaves=tuple(dict.fromkeys(str(work.leaves) for work in works if work.leaves)),
            shared=submission.shared,
            folder=folder,
        )
        record.write()
        return record
    except BaseException as error:
        for each in made:  # the deepest first
            shutil.rmtree(each, ignore_errors=True)
        if isinstance(error, FailedJobError | FailedSubmissionError):
            raise SlurmError(f"SLURM did not take the job: {_reason(error)}") from error
        if isinstance(error, OSError):
            raise SlurmError(
                f"The job cannot be written: {error.filename or folder}: "
                f"{error.strerror or error}. Name another place with --slurm.folder."
            ) from error
        raise


class _Executor(submitit.SlurmExecutor):
    """Makes scripts on machines without SLURM too; :func:`submit` has looked for it itself."""

    @classmethod
    def affinity(cls) -> int:
        return 2


def _executor(submission: Submission, settings: SlurmSettings, folder: Path) -> _Executor:
    executor = _Executor(folder, max_num_timeout=settings.timeouts)
    tasks = settings.tasks_a_node if submission.trains else 1
    # where SLURM does not bind processes to their cores, they would take all of the node's
    setup = [
        *settings.setup,
        f"threads=$((SLURM_CPUS_ON_NODE > {tasks} ? SLURM_CPUS_ON_NODE / {tasks} : 1))",
        "export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$threads}",
        "export EMOSCOPE_THREADS=${EMOSCOPE_THREADS:-$threads}",
    ]
    of_srun = ["--kill-on-bad-exit=1"]
    if settings.cpus is not None:
        # since SLURM 22.05 srun does not take it from sbatch
        of_srun.append(f"--cpus-per-task={settings.cpus}")
    asked: dict[str, Any] = {
        "job_name": submission.name,
        "partition": settings.partition,
        "account": settings.account,
        "qos": settings.qos,
        "constraint": settings.constraint,
        "time": settings.time,
        "nodes": settings.nodes if submission.trains else 1,
        "ntasks_per_node": tasks,
        "gpus_per_node": settings.gpus or None,
        "cpus_per_task": settings.cpus,
        "mem": settings.memory,
        "signal_delay_s": settings.notice_seconds,
        "array_parallelism": settings.parallel or len(submission.works),
        "setup": setup,
        "srun_args": of_srun,
        "stderr_to_stdout": True,
        "wckey": None,
        "additional_parameters": {"requeue": True, **settings.options},
    }
    executor.update_parameters(**asked)
    return executor


def _place(submission: Submission, settings: SlurmSettings) -> Path:
    """A folder that is not there yet."""
    stem = f"{submission.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    place = settings.folder.expanduser().absolute()
    tries = (place / f"{stem}{suffix}" for suffix in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(each for each in tries if not each.exists())


def _reason(error: BaseException) -> str:
    """What sbatch has said, and what to do."""
    said = [_SBATCH.sub("", line).strip(" .") for line in str(error).splitlines()]
    reason = "; ".join(filter(None, dict.fromkeys(said))) or "sbatch gave no reason"
    return f"{reason}. Change the --slurm options, or ask who runs the cluster."

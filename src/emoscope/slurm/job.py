"""What runs on a node: one command of emoscope, which is queued again when it is interrupted.

submitit pickles a :class:`Job` into the folder of the job and calls it there, in every process that
``srun`` starts. The pickle holds the words of a command line and names of functions, no data.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from emoscope.errors import EmoscopeError, MissingExtra, first_line

try:
    import submitit
    from submitit.core.utils import UncompletedJobError
except ImportError as error:
    raise MissingExtra("slurm", "Running a job under SLURM") from error

from emoscope.progress import VARIABLE as PROGRESS
from emoscope.slurm.records import Status, progress_path, read_status, write_status
from emoscope.slurm.work import Work

_PATIENCE = 10.0
"""Seconds that a process which fails waits for the first one to say that the job runs."""


@dataclass(frozen=True)
class Job:
    """A command that goes on where it was when SLURM starts it again."""

    run: Callable[[Sequence[str]], None]
    """Runs the words of a command line in this process; raises what is wrong."""
    work: Work
    folder: Path
    """The job's folder."""
    interrupted: bool = False

    def __call__(self) -> None:
        """Run the command, and say in the status how it went."""
        here = submitit.JobEnvironment()
        first = here.global_rank == 0
        # whoever requeued it: our signal handler, SLURM after a node failed, or a person
        again = self.interrupted or int(os.environ.get("SLURM_RESTART_COUNT", "0")) > 0
        if first:
            write_status(self.folder, here.job_id, Status("running"))
            os.environ[PROGRESS] = str(progress_path(self.folder, here.job_id))
        if not (again and self.work.is_done):
            if here.num_tasks > 1:
                # the GPU is chosen by LOCAL_RANK, as under torchrun
                submitit.helpers.TorchDistributedEnvironment().export(
                    set_cuda_visible_devices=False, overwrite=True
                )
            self._run(here.job_id, self.work.again if again else self.work.arguments)
        # nothing is left to go on with; at its exit Python would be killed by the signal
        signal.signal(getattr(signal, f"SIG{here.USR_SIG}"), signal.SIG_IGN)
        if first:
            write_status(self.folder, here.job_id, Status("finished"))

    def checkpoint(self) -> submitit.helpers.DelayedSubmission:
        """Called in the first process on SLURM's signal, before the job is queued again.

        What the command had done lies in its own files: checkpoints, journals.
        """
        write_status(self.folder, submitit.JobEnvironment().job_id, Status("requeued"))
        return submitit.helpers.DelayedSubmission(replace(self, interrupted=True))

    def _run(self, member: str, arguments: Sequence[str]) -> None:
        try:
            self.run(arguments)
        except EmoscopeError as error:
            self._failed(member, str(error))
            sys.stderr.write(f"emoscope: {error}\n")
            sys.exit(error.exit_code)
        except UncompletedJobError as error:  # submitit does not queue it again
            advice = "Submit it again with more --slurm.time or --slurm.timeouts"
            write_status(self.folder, member, Status("failed", f"{first_line(error)}. {advice}."))
            raise
        except Exception as error:
            self._failed(member, f"{type(error).__name__}: {first_line(error)}")
            raise

    def _failed(self, member: str, message: str) -> None:
        """Say what went wrong, unless another process has: then this one only lost its partner."""
        status = read_status(self.folder, member)
        if submitit.JobEnvironment().global_rank != 0:
            deadline = time.monotonic() + _PATIENCE
            while status is None or status.state == "requeued":  # the first one has not begun
                if time.monotonic() > deadline:  # it has left, and the job is queued again
                    return
                time.sleep(0.2)
                status = read_status(self.folder, member)
        if status is None or status.state != "failed":
            write_status(self.folder, member, Status("failed", message))

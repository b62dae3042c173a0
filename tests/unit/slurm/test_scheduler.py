from __future__ import annotations

import sys

import pytest

from emoscope.errors import SlurmError
from emoscope.slurm import scheduler
from emoscope.slurm.scheduler import Queued, cancel, queued_jobs

if sys.platform == "win32":
    pytest.skip("shell scripts", allow_module_level=True)


def test_jobs_and_members_of_arrays_are_told_apart(fake_slurm):
    lines = r"12|N/A|RUNNING|None\n13|0|PENDING|Resources\n13|1|FAILED|NonZeroExitCode\n"
    folder = fake_slurm(squeue=f"printf '{lines}'")
    assert queued_jobs() == {
        "12": Queued("RUNNING", "None"),
        "13_0": Queued("PENDING", "Resources"),
        "13_1": Queued("FAILED", "NonZeroExitCode"),
    }
    asked = (folder / "squeue.arguments").read_text()
    assert "--states=all" in asked, "those that have ended, too"
    assert "--user=" in asked


def test_a_job_is_ended(fake_slurm):
    folder = fake_slurm(scancel="exit 0")
    cancel("13_1")
    assert (folder / "scancel.arguments").read_text() == "13_1\n"


def test_a_controller_that_does_not_answer_is_one_error(fake_slurm, monkeypatch):
    fake_slurm(
        squeue="echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1"
    )
    with pytest.raises(SlurmError, match="did not answer squeue: slurm_load_jobs error: Unable"):
        queued_jobs()
    fake_slurm(squeue="exec sleep 5")
    monkeypatch.setattr(scheduler, "_SECONDS", 0.1)
    with pytest.raises(SlurmError, match=r"not answered squeue within 0\.1 seconds"):
        queued_jobs()


def test_no_slurm_is_one_error(no_slurm):
    with pytest.raises(SlurmError, match="There is no SLURM here: squeue is not found"):
        queued_jobs()

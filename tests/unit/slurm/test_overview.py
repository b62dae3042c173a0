from __future__ import annotations

from pathlib import Path

import pytest

from emoscope.progress import HowFar, ProgressFile
from emoscope.slurm.overview import overview
from emoscope.slurm.records import JobRecord, Status, write_status
from emoscope.slurm.scheduler import Queued


def record(folder: Path, members: int | None = None, *, shared: bool = False) -> JobRecord:
    return JobRecord("7", "tiny", "emoscope train", members, "2026", (), folder, shared)


@pytest.mark.parametrize(
    ("known", "state"),
    [
        (Queued("PENDING", "Priority"), "waiting (Priority)"),
        (Queued("PENDING", "None"), "waiting"),
        (Queued("RUNNING", "None"), "running"),
        (Queued("COMPLETED", "None"), "finished"),
        (Queued("CANCELLED by 1000", "None"), "cancelled"),
        (Queued("OUT_OF_MEMORY", "OutOfMemory"), "out of memory"),
        (Queued("SOMETHING_NEW", "None"), "something new"),
        (None, "ended"),
    ],
)
def test_slurm_says_how_a_job_is(tmp_path: Path, known: Queued | None, state: str) -> None:
    queue = {} if known is None else {"7": known}
    assert overview(record(tmp_path), queue).state == state


def test_what_the_job_says_of_its_end_counts_more(tmp_path: Path) -> None:
    write_status(tmp_path, "7", Status("failed", "no such file"))
    found = overview(record(tmp_path), {"7": Queued("COMPLETING", "None")})
    assert (found.state, found.failed[0].error, found.goes_on) == ("failed", "no such file", False)
    write_status(tmp_path, "7", Status("finished"))
    assert overview(record(tmp_path), {}).state == "finished"
    assert overview(record(tmp_path), {}).failed == []


@pytest.mark.parametrize("state", ["running", "requeued"])
def test_what_it_said_before_does_not(tmp_path: Path, state) -> None:
    write_status(tmp_path, "7", Status(state))
    assert overview(record(tmp_path), {}).state == "ended"
    assert overview(record(tmp_path), None).state == "unknown"
    assert overview(record(tmp_path), None).goes_on


def test_of_a_job_that_was_killed_the_log_has_the_reason(tmp_path: Path) -> None:
    log = tmp_path / "7_0_log.out"
    said = "slurmstepd: error: *** JOB 7 CANCELLED DUE TO TIME LIMIT ***"
    log.write_text("x" * 9000 + f"\n{said}\n\n")
    (member,) = overview(record(tmp_path), {"7": Queued("TIMEOUT", "TimeLimit")}).members
    assert member.state == "out of time"
    assert member.error == said


def test_an_array_is_counted(tmp_path: Path) -> None:
    write_status(tmp_path, "7_0", Status("finished"))
    write_status(tmp_path, "7_1", Status("finished"))
    ProgressFile(tmp_path / "7_2_progress.json").write(HowFar("labelling", 0.25, 1.0))
    queue = {"7_2": Queued("RUNNING", "None"), "7_3": Queued("CANCELLED", "None")}
    found = overview(record(tmp_path, 4), queue)
    assert found.state == "2 finished, 1 running, 1 cancelled"
    assert found.goes_on
    assert [member.id for member in found.failed] == ["7_3"]
    assert found.members[2].progress == HowFar("labelling", 0.25, 1.0)


def test_workers_on_one_thing_tell_how_far_it_is(tmp_path: Path) -> None:
    looks = [HowFar("searching", done, 9, "", f"best .{done}") for done in (3, 5)]
    for member, look in enumerate(looks):
        ProgressFile(tmp_path / f"7_{member}_progress.json").write(look)
    assert overview(record(tmp_path, 2, shared=True), {}).progress == looks[1]
    assert overview(record(tmp_path, 2), {}).progress is None
    assert overview(record(tmp_path, 1), {}).progress == looks[0]

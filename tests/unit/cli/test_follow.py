from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emoscope.cli import follow as following
from emoscope.cli.follow import follow, shown_progress
from emoscope.errors import SlurmError
from emoscope.progress import HowFar, ProgressFile
from emoscope.slurm.records import JobRecord, Status, write_status
from emoscope.slurm.scheduler import Queued


@pytest.fixture
def record(tmp_path: Path) -> JobRecord:
    return JobRecord("7", "tiny", "emoscope train tiny", None, "2026", ("runs/tiny",), tmp_path)


@pytest.fixture
def happens(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let things happen, one between two looks at the job."""

    def set_up(*events: Callable[[], object], queue: object = None) -> None:
        left = iter(events)
        monkeypatch.setattr(following.time, "sleep", lambda seconds: next(left)())
        answer = {"7": Queued("RUNNING", "None")} if queue is None else queue

        def asked() -> object:
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(following, "queued_jobs", asked)

    return set_up


def interrupt() -> None:
    raise KeyboardInterrupt


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_job_is_followed_to_its_end(record, happens, capsys) -> None:
    happens(lambda: None, lambda: write_status(record.folder, "7", Status("finished")))
    follow(record)
    out, err = capsys.readouterr()
    assert err == "7 running\n7 finished\n"
    assert out == "finished   7\nleft       runs/tiny\n"


def test_its_error_reaches_the_person(record, happens) -> None:
    happens(lambda: write_status(record.folder, "7", Status("failed", "There is no file x.csv.")))
    with pytest.raises(SlurmError) as caught:
        follow(record)
    log = record.folder / "7_0_log.out"
    assert str(caught.value) == f"Job 7 failed: There is no file x.csv. Log: {log}"


def test_a_job_that_was_cancelled_has_failed(record, happens) -> None:
    happens(queue={"7": Queued("CANCELLED by 0", "None")})
    with pytest.raises(SlurmError, match=r"Job 7 failed \(cancelled\)\. Log"):
        follow(record)


def test_an_interrupt_leaves_it_running_and_says_so(record, happens, capsys) -> None:
    happens(interrupt)
    with pytest.raises(KeyboardInterrupt):
        follow(record)
    said = capsys.readouterr().err
    assert "Job 7 goes on" in said
    assert "emoscope jobs 7 --wait" in said
    assert "emoscope jobs 7 --cancel" in said


def test_a_controller_that_is_away_ends_nothing(record, happens, capsys) -> None:
    happens(
        lambda: write_status(record.folder, "7", Status("finished")), queue=SlurmError("no answer")
    )
    follow(record)
    assert capsys.readouterr().err == "7 unknown\n7 finished\n"


def test_of_an_array_the_first_error_and_how_many_more(record, happens) -> None:
    array = JobRecord("7", "tiny", "emoscope predict", 3, "2026", (), record.folder)
    write_status(record.folder, "7_0", Status("finished"))
    for member in ("7_1", "7_2"):
        write_status(record.folder, member, Status("failed", f"no {member}"))
    happens()
    with pytest.raises(SlurmError, match=r"Job 7_1 failed: no 7_1\..*1 more of the array"):
        follow(array)


def test_a_terminal_shows_the_usual_progress(record, happens, monkeypatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    now = HowFar("training", 20, 80, "loss 0.5000", "macro-F1 0.412")
    happens(
        lambda: ProgressFile(record.folder / "7_progress.json").write(now),
        lambda: None,
        lambda: write_status(record.folder, "7", Status("finished")),
    )
    follow(record)
    shown = terminal.getvalue()
    parts = "7 running", "7 training", "20/80", "loss 0.5000", "validation macro-F1 0.412", "80/80"
    for part in parts:
        assert part in shown


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        (None, ""),
        (HowFar("checking", 0.0, None), ""),
        (HowFar("training", 20, 80), "20/80"),
        (HowFar("labelling", 0.254, 1.0), "25%"),
    ],
)
def test_how_far_in_a_few_characters(now: HowFar | None, shown: str) -> None:
    assert shown_progress(now) == shown


def test_workers_on_one_study_are_shown_as_one(tmp_path, happens, monkeypatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    workers = JobRecord("7", "s", "emoscope tune x", 2, "2026", (), tmp_path, shared=True)
    for member, done in enumerate((3, 5)):
        look = HowFar("searching", done, 9, validation=f"best 0.{done}")
        ProgressFile(tmp_path / f"7_{member}_progress.json").write(look)

    def finish() -> None:
        for member in workers.member_ids:
            write_status(tmp_path, member, Status("finished"))

    happens(finish, queue={each: Queued("RUNNING", "None") for each in workers.member_ids})
    follow(workers)
    for part in ("7 searching", "5/9", "validation best 0.5"):
        assert part in terminal.getvalue()

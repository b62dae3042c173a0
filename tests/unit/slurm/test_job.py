"""Jobs as submitit runs them, by its executor for one machine."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

submitit = pytest.importorskip("submitit")
cloudpickle = pytest.importorskip("cloudpickle")
if sys.platform == "win32":
    pytest.skip("submitit needs POSIX", allow_module_level=True)

from emoscope.errors import DataError  # noqa: E402
from emoscope.slurm.job import Job  # noqa: E402
from emoscope.slurm.records import read_status  # noqa: E402
from emoscope.slurm.work import Work  # noqa: E402

pytestmark = pytest.mark.slow
cloudpickle.register_pickle_by_value(sys.modules[__name__])

Ran = tuple[str, Path, Path]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Ran]:
    """Run words as a job until it ends; gives its id, its folder and its log."""

    def run(
        what: Callable[[Sequence[str]], None], work: Work, *, timeouts: int = 3, tasks: int = 1
    ) -> Ran:
        folder = tmp_path / "job"
        folder.mkdir()
        executor = submitit.LocalExecutor(folder, max_num_timeout=timeouts)
        executor.update_parameters(tasks_per_node=tasks, stderr_to_stdout=True)
        job = executor.submit(Job(what, work, folder))
        job.wait()
        return job.job_id, folder, folder / f"{job.job_id}_0_log.out"

    return run


def note(words: Sequence[str]) -> None:
    """Write down the words, and what a process knows of its place."""
    place = {key: os.environ.get(key, "") for key in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    name = f"ran-{len(list(Path(words[0]).glob('ran-*')))}-{place['RANK']}"
    text = "\n".join([*words[1:], *place.values(), os.environ.get("EMOSCOPE_PROGRESS", "")])
    (Path(words[0]) / name).write_text(text)


def at(folder: Path, *words: str) -> Work:
    return Work((str(folder), *words), (str(folder), "again", *words), folder / "result")


def test_a_job_runs_its_words_and_says_that_it_has_finished(run, tmp_path: Path) -> None:
    number, folder, _ = run(note, at(tmp_path, "train", "tiny"))
    assert read_status(folder, number).state == "finished"
    (ran,) = tmp_path.glob("ran-*")
    assert ran.read_text().split("\n") == [
        "train", "tiny", "", "", "", str(folder / f"{number}_progress.json"),
    ]  # fmt: skip


def fail(words: Sequence[str]) -> None:
    raise DataError("There is no file tickets.csv. Check the spelling.")


def break_down(words: Sequence[str]) -> None:
    raise ZeroDivisionError("division by zero")


def test_what_a_user_can_correct_is_said_without_a_traceback(run, tmp_path: Path) -> None:
    number, folder, log = run(fail, at(tmp_path))
    status = read_status(folder, number)
    assert (status.state, status.error) == (
        "failed", "There is no file tickets.csv. Check the spelling.",
    )  # fmt: skip
    assert "emoscope: There is no file tickets.csv" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_any_other_failure_is_told_with_its_traceback_in_the_log(run, tmp_path: Path) -> None:
    number, folder, log = run(break_down, at(tmp_path))
    assert read_status(folder, number).error == "ZeroDivisionError: division by zero"
    assert "break_down" in log.read_text()


def interrupted(words: Sequence[str]) -> None:
    note(words)
    if "again" not in words:
        os.kill(os.getpid(), signal.SIGUSR2)


def always_interrupted(words: Sequence[str]) -> None:
    note(words)
    os.kill(os.getpid(), signal.SIGUSR2)


def finished_and_interrupted(words: Sequence[str]) -> None:
    note(words)
    (Path(words[0]) / "result").write_text("complete")
    os.kill(os.getpid(), signal.SIGUSR2)


def test_an_interrupted_job_goes_on(run, tmp_path: Path) -> None:
    number, folder, _ = run(interrupted, at(tmp_path, "train"))
    assert read_status(folder, number).state == "finished"
    first, second = (path.read_text().split() for path in sorted(tmp_path.glob("ran-*")))
    assert (first[0], second[:2]) == ("train", ["again", "train"])


def test_a_job_that_never_ends_in_time_is_not_started_for_ever(run, tmp_path: Path) -> None:
    number, folder, _ = run(always_interrupted, at(tmp_path), timeouts=1)
    assert len(list(tmp_path.glob("ran-*"))) == 2
    status = read_status(folder, number)
    assert status.state == "failed"
    assert "timed-out too many times" in status.error
    assert "--slurm.timeouts" in status.error


def test_what_is_complete_is_not_begun_again(run, tmp_path: Path) -> None:
    number, folder, _ = run(finished_and_interrupted, at(tmp_path))
    assert read_status(folder, number).state == "finished"
    assert len(list(tmp_path.glob("ran-*"))) == 1


def test_several_processes_know_their_places_and_one_speaks(run, tmp_path: Path) -> None:
    number, folder, _ = run(note, at(tmp_path, "train"), tasks=2)
    places = sorted(path.read_text().split("\n")[1:4] for path in tmp_path.glob("ran-*"))
    assert places == [["0", "2", "0"], ["1", "2", "1"]]
    assert read_status(folder, number).state == "finished"
    assert len(list(folder.glob("*_status.json"))) == 1


def second_fails(words: Sequence[str]) -> None:
    if os.environ["RANK"] == "1":
        raise DataError("the second has no memory")

    deadline = time.monotonic() + 60
    (path,) = Path(words[0], "job").glob("*_status.json")
    while "failed" not in path.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    raise RuntimeError("lost its partner")


def test_the_first_failure_of_several_processes_is_the_one_that_is_told(
    run, tmp_path: Path
) -> None:
    number, folder, _ = run(second_fails, at(tmp_path), tasks=2)
    assert read_status(folder, number).error == "the second has no memory"


def test_slurm_may_have_started_it_again_by_itself(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    run(note, at(tmp_path, "train"))
    (ran,) = tmp_path.glob("ran-*")
    assert ran.read_text().split()[:2] == ["again", "train"]


def test_a_signal_after_the_end_changes_nothing(run, tmp_path: Path) -> None:
    number, folder, log = run(leaves_a_signal_for_later, at(tmp_path))
    assert read_status(folder, number).state == "finished"
    assert "Job completed successfully" in log.read_text()
    assert (folder / f"{number}_0_result.pkl").is_file()


def leaves_a_signal_for_later(words: Sequence[str]) -> None:
    import atexit

    atexit.register(os.kill, os.getpid(), signal.SIGUSR2)


def cannot_be_queued_again(words: Sequence[str]) -> None:
    import subprocess

    from submitit.local.local import LocalJobEnvironment

    def refuses(self: object, countdown: int) -> None:
        subprocess.run(["false"], check=True)

    LocalJobEnvironment._requeue = refuses
    os.kill(os.getpid(), signal.SIGUSR2)


def test_a_job_that_slurm_does_not_queue_again_has_failed(run, tmp_path: Path) -> None:
    number, folder, _ = run(cannot_be_queued_again, at(tmp_path))
    status = read_status(folder, number)
    assert status.state == "failed"
    assert "CalledProcessError" in status.error

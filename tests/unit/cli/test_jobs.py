from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emoscope.cli.app import app
from emoscope.errors import SlurmError
from emoscope.progress import HowFar, ProgressFile
from emoscope.slurm.records import JobRecord, Status, write_status

if sys.platform == "win32":
    pytest.skip("shell scripts", allow_module_level=True)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EMOSCOPE_SLURM", raising=False)
    return tmp_path


def save(place: Path, number: str, members: int | None = None) -> Path:
    folder = place / "runs" / ".slurm" / f"job-{number}"
    folder.mkdir(parents=True)
    time = f"2026-01-01T09:{int(number):02}:00"
    JobRecord(
        number, f"name{number}", "emoscope train x", members, time, ("runs/x",), folder
    ).write()
    return folder


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["jobs", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def row(table: str, job: str) -> list[str]:
    (line,) = [line for line in table.splitlines() if line.strip().startswith(f"{job} ")][:1]
    return line.split()


def test_state_progress_validation_and_log_of_each_are_shown(here: Path, fake_slurm) -> None:
    fake_slurm(squeue=r"printf '3|N/A|RUNNING|None\n4|0|PENDING|Priority\n4|1|PENDING|Priority\n'")
    save(here, "2")
    write_status(here / "runs/.slurm/job-2", "2", Status("failed", "There is no file x.csv."))
    folder = save(here, "3")
    now = HowFar("training", 20, 80, "loss 0.5", "macro-F1 0.412")
    ProgressFile(folder / "3_progress.json").write(now)
    save(here, "4", members=2)
    found = run()
    assert row(found, "2") == ["2", "name2", "failed"]
    assert row(found, "3") == ["3", "name3", "running", "20/80", "macro-F1", "0.412"]
    assert row(found, "4[0-1]") == ["4[0-1]", "name4", "2", "waiting"]
    assert "3 log runs/.slurm/job-3/3_0_log.out\n" in found
    assert "2 failed: There is no file x.csv.\n" in found


def test_one_job_is_shown_with_its_command_and_each_member(here: Path, fake_slurm) -> None:
    fake_slurm(squeue=r"printf '4|0|RUNNING|None\n4|1|PENDING|Priority\n'")
    folder = save(here, "4", members=2)
    ProgressFile(folder / "4_0_progress.json").write(HowFar("labelling", 0.25, 1.0))
    found = run("4")
    assert found.startswith("4  emoscope train x\n")
    assert row(found, "4_0") == ["4_0", "name4", "running", "25%"]
    assert row(found, "4_1") == ["4_1", "name4", "waiting", "(Priority)"]
    assert "4_0 " not in run("4_1")


def test_without_slurm_the_files_still_tell(here: Path, monkeypatch) -> None:
    save(here, "2")
    write_status(here / "runs/.slurm/job-2", "2", Status("finished"))
    save(here, "3")
    monkeypatch.setenv("PATH", str(here))
    found = run()
    assert "There is no SLURM here: squeue is not found" in found
    assert row(found, "2")[-1] == "finished"
    assert row(found, "3")[-1] == "unknown"


def test_many_jobs_are_cut_to_the_latest(here: Path, fake_slurm) -> None:
    fake_slurm(squeue="exit 0")
    for number in range(23):
        save(here, str(number))
    found = run()
    assert "3 earlier jobs are not shown" in found
    assert "name2 " not in found
    assert row(found, "22")[1] == "name22"


def test_nothing_submitted_is_said(here: Path) -> None:
    assert run().startswith("No jobs in runs/.slurm.")


def test_jobs_are_looked_for_where_the_profile_puts_them(here: Path, monkeypatch) -> None:
    (here / "site.toml").write_text('folder = "elsewhere"\n')
    monkeypatch.setenv("EMOSCOPE_SLURM", "site.toml")
    assert run().startswith("No jobs in elsewhere.")
    assert run("--folder", "here").startswith("No jobs in here.")


def test_a_job_is_cancelled(here: Path, fake_slurm) -> None:
    bin_folder = fake_slurm(scancel="exit 0")
    save(here, "4", members=2)
    assert run("4_1", "--cancel") == "cancelled  4_1\n"
    assert (bin_folder / "scancel.arguments").read_text() == "4_1\n"


@pytest.mark.parametrize("option", ["--wait", "--cancel"])
def test_a_number_is_needed(here: Path, option: str) -> None:
    with pytest.raises(SlurmError, match=r"Name a job: emoscope jobs NUMBER"):
        run(option)


def test_a_job_of_elsewhere_is_not_known(here: Path) -> None:
    save(here, "4")
    for words in (["5"], ["5", "--cancel"], ["5", "--wait"]):
        with pytest.raises(SlurmError, match="There is no job '5'"):
            run(*words)


def test_all_settings_are_listed() -> None:
    assert "--slurm.partition" in run("--settings")

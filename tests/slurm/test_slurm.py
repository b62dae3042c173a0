"""Commands as jobs of a real SLURM."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def metrics(run: str) -> dict[str, Any]:
    """What was measured of a run, without when and where."""
    found: dict[str, Any] = json.loads(Path("runs", run, "metrics.json").read_text())["splits"]
    return found


def history(run: str) -> list[list[float]]:
    """Step, losses and scores of each evaluation; without times."""
    with Path("runs", run, "history.csv").open(newline="") as file:
        return [[float(cell) for name, cell in row.items() if name != "seconds"]
                for row in csv.DictReader(file)]  # fmt: skip


def weights(run: str) -> bytes:
    return Path("runs", run, "model", "model.safetensors").read_bytes()


def test_a_training_is_followed_to_its_end(site) -> None:
    done = site.run("train", site.recipe, "--no-report", "--slurm", "--slurm.time", "15", "--wait")
    assert done.returncode == 0, done.stderr
    number = done.stdout.split()[1]
    assert done.stdout.splitlines()[-2:] == [f"finished   {number}", "left       runs/tiny"]
    assert done.stderr.endswith(f"{number} finished\n")
    assert len(history("tiny")) == 5
    shown = site.run("jobs").stdout
    assert "finished   30/30      macro-F1" in shown
    assert f"{number} log runs/.slurm/tiny-" in shown


def test_the_error_of_a_failing_job_reaches_the_person(site) -> None:
    words = ("train", site.recipe, "--data", "gone.csv", "--slurm", "--wait")
    done = site.run(*words)
    assert done.returncode == 2
    assert "failed: There is no file or folder gone.csv" in done.stderr
    number = done.stdout.split()[1]
    assert "Traceback" not in site.log(number)
    assert f"{number} failed: There is no file or folder gone.csv" in site.run("jobs").stdout
    assert not Path("runs/tiny").exists()


def test_a_job_that_has_to_make_room_goes_on_to_the_result_of_an_unbroken_one(site) -> None:
    words = ("train", site.recipe, "--epochs", "160", "--ema", "0.9", "--token-dropout", "0.1",
             "--no-report")  # fmt: skip
    number = site.submit(*words, "--name", "broken")
    site.reaches(number, 40)
    room = site.ask("sbatch", "--parsable", "--partition=urgent", "--ntasks=8",
                    "--output=/dev/null", "--wrap=sleep 1").strip()  # fmt: skip
    site.starts_again(number)
    steps = {int(p.name.split("-")[1]) for p in Path("runs").glob("*/checkpoints/checkpoint-*")}
    assert any(step % 6 for step in steps), "the checkpoint of the step it was in, not of an epoch"
    unbroken = site.run(*words, "--name", "unbroken")
    assert unbroken.returncode == 0, unbroken.stderr
    done = site.run("jobs", number, "--wait")
    assert done.returncode == 0, done.stderr
    assert f"Requeued job {number}" in site.log(number)
    assert weights("broken") == weights("unbroken")
    assert metrics("broken") == metrics("unbroken")
    for one, other in zip(history("broken"), history("unbroken"), strict=True):
        assert one == pytest.approx(other)
    assert "COMPLETED" in site.ask("scontrol", "show", "job", room)


def test_two_processes_train_as_one(site) -> None:
    words = ("train", site.recipe, "--no-report")
    number = site.submit(*words, "--name", "two", "--slurm.tasks", "2")
    assert site.run(*words, "--name", "one").returncode == 0
    done = site.run("jobs", number, "--wait")
    assert done.returncode == 0, done.stderr + site.log(number)
    assert "global_rank=1(2)" in site.log(number, 1)
    for one, two in zip(history("one"), history("two"), strict=True):
        assert two[:2] == one[:2]
        # epoch, step, train loss, validation loss: only the order of additions differs
        assert two[2:4] == pytest.approx(one[2:4], abs=2e-3)


def test_an_interrupt_ends_the_looking_and_a_cancel_the_job(site) -> None:
    command = [sys.executable, "-m", "emoscope", "train", site.recipe, "--epochs", "900",
               "--slurm", "--wait"]  # fmt: skip
    with subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as looking:
        assert looking.stdout is not None
        assert looking.stderr is not None
        number = looking.stdout.readline().split()[1]
        while "running" not in looking.stderr.readline():
            pass
        looking.send_signal(signal.SIGINT)
        said = looking.stderr.read()
    assert looking.returncode == 130
    assert f"Job {number} goes on" in said
    assert "JobState=RUNNING" in site.ask("scontrol", "show", "job", number)
    site.reaches(number, 1)
    assert site.run("jobs", number, "--cancel").stdout == f"cancelled  {number}\n"
    done = site.run("jobs", number, "--wait")
    assert done.returncode == 2
    assert f"Job {number} failed (cancelled)" in done.stderr
    assert not Path("runs/tiny").exists()
    assert Path("runs/tiny.unfinished/checkpoints").is_dir(), "what it had learned is kept"


def test_files_are_labelled_by_an_array_to_the_bytes_of_one_process(site) -> None:
    for name in ("a", "b"):
        Path(f"{name}.csv").write_text(f"id,text\n{name},thank you so much\n2,I hate it\n")
    done = site.run("predict", "a.csv", "b.csv", "-o", "out", "--slurm", "--wait")
    assert done.returncode == 0, done.stderr
    for name in ("a", "b"):
        assert site.run("predict", f"{name}.csv", "-o", f"here-{name}.csv").returncode == 0
        assert Path("out", f"{name}.csv").read_bytes() == Path(f"here-{name}.csv").read_bytes()


def test_workers_share_one_study(site) -> None:
    pytest.importorskip("optuna")
    table, _, _ = site.recipe.read_text().partition("[model]")
    Path("space.toml").write_text(
        f"""{table}
        [model]
        kind = "linear"
        [search]
        "model.strength" = {{ low = 0.1, high = 10.0, log = true }}
        """
    )
    number = site.submit("tune", "space.toml", "--trials", "5", "--no-report",
                         "--slurm.workers", "2")  # fmt: skip
    Path("space.toml").unlink()  # the job has a copy
    done = site.run("jobs", number, "--wait")
    assert done.returncode == 0, done.stderr + site.log(f"{number}_0")
    with Path("runs/tiny-search/trials.csv").open(newline="") as file:
        trials = list(csv.DictReader(file))
    assert sorted(int(trial["trial"]) for trial in trials) == [0, 1, 2, 3, 4]
    assert {trial["state"] for trial in trials} <= {"complete", "pruned"}
    assert Path("runs/tiny-search/best.toml").is_file()
    shown = site.run("jobs").stdout
    assert "2 finished" in shown
    assert "5/5" in shown
    for worker in ("0", "1"):
        assert "Job completed successfully" in site.log(f"{number}_{worker}")


def test_what_slurm_does_not_take_leaves_nothing(site, monkeypatch) -> None:
    words = ("train", site.recipe, "--slurm")
    refused = site.run(*words, "--slurm.partition", "nope")
    assert refused.returncode == 2
    assert "SLURM did not take the job: invalid partition specified: nope" in refused.stderr
    assert list(Path().iterdir()) == []
    settings = Path(os.environ["SLURM_CONF"]).read_text()
    Path("slurm.conf").write_text(re.sub("SlurmctldPort=.*", "SlurmctldPort=1", settings))
    monkeypatch.setenv("SLURM_CONF", str(Path("slurm.conf").absolute()))
    away = site.run(*words)
    assert away.returncode == 2
    assert "Unable to contact slurm controller (connect failure). Change" in away.stderr
    assert "Traceback" not in refused.stderr + away.stderr
    assert [path.name for path in Path().iterdir()] == ["slurm.conf"]

"""A real SLURM for the tests here, and what its jobs work on. `make test-slurm` runs them."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emoscope.data.examples import Examples
from emoscope.progress import read_progress

CLUSTER = Path(__file__).parent / "cluster"
PATIENCE = 120.0
"""Seconds after which a job that does not get somewhere never will."""


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The daemons of a cluster of one node; skips with the reason where they cannot be started."""
    if os.environ.get("EMOSCOPE_TEST_SLURM") != "1":
        pytest.skip("`make test-slurm` runs the tests that start a SLURM")
    for package in ("submitit", "torch", "transformers", "accelerate"):
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("cluster")
    started = subprocess.run(
        [CLUSTER, "start", folder], capture_output=True, text=True, cwd=folder, timeout=120
    )
    if started.returncode:
        pytest.skip(f"SLURM cannot be started: {started.stderr.strip()}")
    name, _, value = started.stdout.strip().partition("=")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, value)
        patch.delenv("EMOSCOPE_SLURM", raising=False)
        yield
        subprocess.run([CLUSTER, "stop", folder], check=True)


@pytest.fixture(scope="session")
def material(
    slurm: None,
    tmp_path_factory: pytest.TempPathFactory,
    steady_encoder: Path,
    tiny_examples: Examples,
) -> Path:
    """A folder with ``tiny.toml``, which trains a tiny encoder on 96 texts."""
    folder = tmp_path_factory.mktemp("material")
    names = tiny_examples.taxonomy.labels
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "labels", "split"])
        rows = zip(tiny_examples.texts, tiny_examples.labels, tiny_examples.splits, strict=True)
        for text, held, split in rows:
            labels = [name for name, holds in zip(names, held, strict=True) if holds]
            writer.writerow([text, "|".join(labels), split])
    (folder / "tiny.toml").write_text(
        f"""
        name = "tiny"
        export = "none"
        [data]
        name = "file"
        path = "{folder / "data.csv"}"
        text = "text"
        labels = "labels"
        split_column = "split"
        [model]
        kind = "encoder"
        encoder = "{steady_encoder}"
        [training]
        epochs = 5
        batch_size = 16
        learning_rate = 5e-3
        max_length = 16
        num_threads = 1
        device = "cpu"
        precision = "fp32"
        """
    )
    return folder


Done = subprocess.CompletedProcess[str]


class Site:
    """A working directory on the cluster."""

    def __init__(self, material: Path) -> None:
        self.recipe = material / "tiny.toml"
        self.jobs = Path("runs/.slurm")

    def run(self, *words: str | Path) -> Done:
        """Run a command line of emoscope."""
        command = [sys.executable, "-m", "emoscope", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=2 * PATIENCE)

    def submit(self, *words: str | Path) -> str:
        """Submit a command; gives the number of its job."""
        done = self.run(*words, "--slurm", "--slurm.time", "15")
        assert done.returncode == 0, done.stderr
        word, number = done.stdout.split()[:2]
        assert word == "job"
        return number.rstrip(",")

    def until(self, what: Callable[[], object]) -> None:
        """Wait until something is true."""
        deadline = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.2)

    def reaches(self, number: str, step: int) -> None:
        """Wait until a job has done so many steps."""

        def there() -> bool:
            (path,) = self.jobs.glob(f"*/{number}_submission.sh")
            found = read_progress(path.with_name(f"{number}_progress.json"))
            return found is not None and found.done >= step

        self.until(there)

    def starts_again(self, number: str) -> None:
        """Let a job that was queued again begin at once; SLURM lets it wait for two minutes."""

        def under_way() -> bool:
            shown = self.ask("scontrol", "show", "job", number)
            if "JobState=PENDING" in shown:  # forgotten when it comes before the node is free
                command = ["scontrol", "update", f"jobid={number}", "starttime=now"]
                subprocess.run(command, capture_output=True)  # fails where it has just begun
            return "Restarts=0" not in shown and "JobState=RUNNING" in shown

        self.until(under_way)

    def ask(self, *command: str) -> str:
        """What a command of SLURM answers."""
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def log(self, number: str, process: int = 0) -> str:
        """What a process of a job has said."""
        (log,) = self.jobs.glob(f"*/{number}_{process}_log.out")
        return log.read_text()


@pytest.fixture
def site(material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An empty working directory on the cluster."""
    monkeypatch.chdir(tmp_path)
    return Site(material)

"""Labelling in a process that is killed with SIGKILL, which it can neither catch nor clean up."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import emoscope
from emoscope.batch.label_files import label_files
from emoscope.batch.options import LabelOptions
from emoscope.errors import DataError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no SIGKILL"),
]

MODEL = Path(__file__).parents[1] / "fixtures" / "tiny_encoder"
ROWS = 3600

# Chunks are small, commits frequent and the work slow, so that there is something to interrupt.
PROGRAM = """
import sys, time
import emoscope
from emoscope.batch.label_files import label_files
from emoscope.batch.options import LabelOptions
from emoscope.batch.writing import output_file

def tell(progress):
    print(progress.stage, progress.rows, flush=True)
    time.sleep(0.006)

output_file.COMMIT_SECONDS = 0.01
model, output, *inputs = sys.argv[1:]
pipe = inputs == ["-"]
options = LabelOptions(chunk_rows=16, rollups=("ekman",), input_format="csv" if pipe else None)
summary = label_files(emoscope.load(model), inputs, output, options, tell)
print("done", summary.rows, summary.resumed, flush=True)
"""


@pytest.fixture(params=["csv", "csv.gz", "jsonl", "parquet"])
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "parquet" and importlib.util.find_spec("pyarrow") is None:
        pytest.skip("needs the parquet extra")
    return tmp_path / f"labelled.{request.param}"


@pytest.fixture
def inputs(tmp_path: Path) -> list[Path]:
    """Two tables, so that some kill falls into the second; some rows cannot be read."""
    words = random.Random(1)
    made = []
    for name in "ab":
        lines = [b"id,text"]
        for i in range(ROWS // 2):
            text = " ".join(words.choices(("thank", "sad", "wow", "so", "angry", "?"), k=i % 7))
            lines.append(f"{name}{i},{text}".encode() + b"\xff" * (i % 50 == 49))
        path = tmp_path / f"{name}.csv"
        path.write_bytes(b"\n".join(lines) + b"\n")
        made.append(path)
    return made


def begin(output: Path, inputs: list[Path], *, pipe: bool = False) -> subprocess.Popen[str]:
    """Start a job on files, or with ``pipe`` on the first of them as standard input."""
    with inputs[0].open("rb") as first:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(MODEL), str(output), *(["-"] if pipe else inputs)],
            stdin=first if pipe else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip


def said(process: subprocess.Popen[str]) -> Iterator[tuple[str, int]]:
    """(stage, rows), as the process tells them."""
    assert process.stdout is not None
    for line in process.stdout:
        stage, rows = line.split()[:2]
        yield stage, int(rows)


def job_folder(output: Path) -> Path:
    return output.with_name(f".{output.name}.emoscope")


def kill_points() -> tuple[random.Random, int]:
    """Other points at every call, and the seed that gives the same ones again."""
    seed = int(os.environ.get("EMOSCOPE_KILL_SEED", random.randrange(1 << 32)))
    return random.Random(seed), seed


def kill_after(process: subprocess.Popen[str], stage: str, rows: int, seconds: float) -> bool:
    """Kill it some ``seconds`` after it told of ``rows``; False if it had ended by then."""
    for now, done in said(process):
        if now == stage and done >= rows:
            break
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def finish(output: Path, inputs: list[Path]) -> int:
    """Do the rest of a job in this process; how many rows it found done."""
    options = LabelOptions(chunk_rows=16, rollups=("ekman",))
    summary = label_files(emoscope.load(str(MODEL)), inputs, output, options)
    assert summary.rows == ROWS * len(inputs) // 2
    return summary.resumed


def test_killed_at_random_points_it_gives_the_bytes_of_an_unbroken_run(
    output: Path, inputs: list[Path], tmp_path: Path
) -> None:
    whole = tmp_path / f"whole-{output.name}"
    assert finish(whole, inputs) == 0

    points, seed = kill_points()
    rows = 0
    for _ in range(2):
        rows = points.randint(rows + 1, rows + ROWS // 3)
        process = begin(output, inputs)
        assert kill_after(process, "labelling", rows, points.uniform(0, 0.01)), f"seed {seed}"
        assert not output.exists(), f"seed {seed}"
    resumed = finish(output, inputs)

    assert resumed > 0, f"it did not resume; seed {seed}"
    assert output.read_bytes() == whole.read_bytes(), f"seed {seed}"
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {whole.name, output.name, *(path.name for path in inputs)}


def test_killed_while_it_finishes(output: Path, inputs: list[Path], tmp_path: Path) -> None:
    whole = tmp_path / f"whole-{output.name}"
    finish(whole, inputs)
    points, seed = kill_points()
    killed = kill_after(begin(output, inputs), "finishing", 0, points.uniform(0.004, 0.015))
    if output.exists():  # as a whole, or not at all
        assert output.read_bytes() == whole.read_bytes(), f"seed {seed}"
    if killed and (job_folder(output) / "journal").exists():
        assert finish(output, inputs) > 0, f"seed {seed}"
    assert output.read_bytes() == whole.read_bytes(), f"seed {seed}"
    assert not (job_folder(output) / "part").exists(), f"seed {seed}"


@pytest.mark.parametrize(("first", "second"), [("pipe", "file"), ("file", "file")])
def test_of_two_jobs_on_one_output_one_wins_and_a_kill_loses_nothing(
    inputs: list[Path], tmp_path: Path, first: str, second: str
) -> None:
    output = tmp_path / "labelled.jsonl"
    inputs = inputs[:1]
    points, seed = kill_points()
    rows = points.randint(1, ROWS // 4)
    winner = begin(output, inputs, pipe=first == "pipe")
    part = job_folder(output) / "part"
    for stage, done in said(winner):  # until rows are there to be lost
        if stage == "labelling" and done >= rows and part.exists() and part.stat().st_size:
            break
    winner.send_signal(signal.SIGSTOP)  # so that it cannot end first
    other = begin(output, inputs, pipe=second == "pipe")
    assert "Another process is writing" in other.communicate()[1], f"seed {seed}"
    winner.send_signal(signal.SIGKILL)
    winner.communicate()
    kept = (job_folder(output) / "part").read_bytes()
    assert kept.count(b"\n") > 0, f"seed {seed}"
    assert not output.exists(), f"seed {seed}"

    if first == "pipe":
        with pytest.raises(DataError, match=r"input was standard input, which.*--restart"):
            finish(output, inputs)
        assert (job_folder(output) / "part").read_bytes() == kept, f"seed {seed}"
    else:
        assert finish(output, inputs) > 0, f"seed {seed}: it did not resume"
        assert len(output.read_bytes().splitlines()) == ROWS // 2, f"seed {seed}"


def test_two_jobs_that_begin_at_once_give_one_whole_output(
    inputs: list[Path], tmp_path: Path
) -> None:
    output = tmp_path / "labelled.jsonl"
    jobs = [begin(output, inputs[:1], pipe=pipe) for pipe in (True, False)]
    ended = [job.communicate() for job in jobs]
    winners = [out for out, _ in ended if "done" in out]
    refusals = [error.splitlines()[-1] for out, error in ended if "done" not in out]
    assert len(winners) == 1, refusals
    assert "Another process is writing" in refusals[0] or "exists already" in refusals[0]
    rows = [json.loads(line)["id"] for line in output.read_bytes().splitlines()]
    assert rows == [f"a{i}" for i in range(ROWS // 2)]
    assert not job_folder(output).exists()


def test_every_row_is_there_once_and_in_order_after_a_kill(
    inputs: list[Path], tmp_path: Path
) -> None:
    output = tmp_path / "labelled.jsonl"
    assert kill_after(begin(output, inputs), "labelling", ROWS // 2 + 50, 0.0)
    finish(output, inputs)
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [f"{n}{i}" for n in "ab" for i in range(ROWS // 2)]
    unread = [row for row in rows if row["error"]]
    assert all((row["labels"], row["top_label"]) == ([], None) for row in unread)
    assert {int(row["id"][1:]) for row in unread} == {
        i for i in range(ROWS // 2) if i % 7 == 0 or i % 50 == 49
    }

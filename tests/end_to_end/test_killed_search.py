"""Searches in processes that are killed with SIGKILL, and several that share a study."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("optuna")
pytest.importorskip("sklearn")
pytest.importorskip("skops")

from emoscope.evaluation.search_result import SearchResult, read_search

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no SIGKILL"),
]

# A trial does not do more than it has to, and takes a moment, so that there is something to kill.
PROGRAM = """
import sys, time
import emoscope.training.fit, emoscope.tune.objective
from pathlib import Path
from emoscope.training.recipe import load_recipe
from emoscope.tune.options import SearchOptions
from emoscope.tune.search import search

real = emoscope.training.fit.fit

def fit(*arguments, **options):
    time.sleep(0.15)
    return real(*arguments, **{**options, "cores": 1})

if __name__ == "__main__":
    emoscope.tune.objective.fit = fit
    trials, jobs = map(int, sys.argv[2:])
    options = SearchOptions(trials=trials, jobs=jobs)
    search(load_recipe(sys.argv[1]), options, say=lambda line: print(line, flush=True))
"""
RECIPE = """
name = "tiny"
data = { name = "everyday", sample = 150 }
model = { kind = "linear", max_iterations = 100 }
policy = { repeats = 1, folds = 2, thresholds = "plug_in" }
[search]
"model.strength" = { low = 0.01, high = 1.0, log = true }
"model.words.ngrams" = [[1, 1], [1, 2]]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "search.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "tiny.toml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def start(folder: Path, trials: int, jobs: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, "search.py", "tiny.toml", str(trials), str(jobs)]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)


def wait_for(process: subprocess.Popen[str], trials: int) -> None:
    """Return when ``process`` has told of so many trials."""
    assert process.stdout is not None
    for line in process.stdout:
        trials -= "/" in line.split(" ")[0] and " trial " in line
        if not trials:
            return
    raise AssertionError("it has ended")


def result(folder: Path) -> SearchResult:
    found = read_search(folder / "runs" / "tiny-search")
    assert found is not None
    return found


def assert_whole(found: SearchResult, trials: int) -> None:
    assert [trial.number for trial in found.trials] == list(range(trials))
    assert {trial.state for trial in found.trials} == {"complete"}


def test_a_killed_search_goes_on_and_ends_as_if_it_had_not_been(folder: Path) -> None:
    whole = folder / "whole"
    whole.mkdir()
    for name in ("search.py", "tiny.toml"):
        (whole / name).write_bytes((folder / name).read_bytes())
    undisturbed = start(whole, trials=8)
    for seen in (2, 3):
        process = start(folder, trials=8)
        wait_for(process, seen - 1)
        time.sleep(0.1)
        process.kill()
        process.wait()
    journal = folder / "runs" / "tiny-search" / "journal.log"
    with journal.open("ab") as file:  # as after a power cut
        file.write(b'{"op_code":6,"worker_id":"')
    last = start(folder, trials=8)
    assert last.communicate()[0] is not None
    assert last.returncode == 0
    undisturbed.communicate()
    found, expected = result(folder), result(whole)
    assert_whole(found, 8)
    assert [t.values for t in found.trials] == [t.values for t in expected.trials]
    assert [t.value for t in found.trials] == [t.value for t in expected.trials]
    assert not list((folder / "runs" / "tiny-search" / "trials").glob("worker-*"))


def test_two_processes_share_a_study_and_one_finishes_what_the_other_leaves(folder: Path) -> None:
    first, second = start(folder, trials=25), start(folder, trials=25)
    wait_for(first, 2)  # long before the other has done all
    first.kill()
    said, _ = second.communicate()
    assert second.returncode == 0
    assert_whole(result(folder), 25)
    assert "25/25 trial " in said


def test_processes_of_a_search_do_not_outlive_it(folder: Path) -> None:
    process = start(folder, trials=500, jobs=2)
    wait_for(process, 2)
    workers = list((folder / "runs" / "tiny-search" / "trials").glob("worker-*.lock"))
    assert workers
    numbers = [int(path.stem.split("-")[-2]) for path in workers]
    process.kill()
    process.wait()
    deadline = time.monotonic() + 60
    while any(is_running(number) for number in numbers):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{number}/stat")  # one that has ended and was not asked for is still there
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")

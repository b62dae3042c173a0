"""Several processes on this machine that share a search; this module is also their program.

Programs of their own, with their task as JSON, not :mod:`multiprocessing`: a fork breaks threads
and CUDA, and its other ways run the caller's own program again, a notebook's included.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from emoscope.errors import EmoscopeError
from emoscope.training.recipe import load_recipe
from emoscope.tune.options import SearchOptions
from emoscope.tune.session import quiet_optuna, run_trials, train_and_validation
from emoscope.tune.study import open_study


@dataclass(frozen=True)
class Task:
    """What each process does."""

    recipe: str
    """Its file, in the search's folder."""
    options: SearchOptions
    data: str | None
    cores: int
    """Cores for each process."""


@contextmanager
def several(task: Task, n: int) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    """Have ``n`` processes at the task, until this ends.

    On an interrupt, which reaches them too, they are waited for: they put their trials back.
    """
    command = [sys.executable, "-m", "emoscope.tune.processes", json.dumps(asdict(task))]
    environment = {"OMP_NUM_THREADS": str(task.cores), **os.environ}
    # a pipe that nothing goes through: it ends with this process, however that ends
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)  # noqa: S603  (our own)
        for _ in range(n)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def work(task: Task) -> None:
    """Run trials of the task's study in this process."""
    file = Path(task.recipe)
    recipe = load_recipe(file)
    examples = train_and_validation(recipe, None if task.data is None else Path(task.data))
    with quiet_optuna():
        study = open_study(file.parent, recipe, examples, task.options)
        run_trials(study, recipe, examples, task.options, file.parent, cores=task.cores)


def main() -> None:
    """The program of one process."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    given = json.loads(sys.argv[1])
    try:
        work(Task(**{**given, "options": SearchOptions(**given["options"])}))
    except EmoscopeError as error:
        sys.exit(f"emoscope: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _end_with_parent() -> None:
    os.read(0, 1)  # not sys.stdin, whose lock would be in the way when Python ends
    os._exit(1)


if __name__ == "__main__":
    main()

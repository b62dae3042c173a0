"""Which processes of a study are alive, and what becomes of a trial whose process is not.

Each process holds a lock on a file of its own, which the operating system releases however the
process ends. A running trial whose process is gone is waiting again: the next process to ask for a
trial goes on with it, with the values that were drawn for it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from emoscope.io.file_lock import HAS_LOCKS, lock_file, locked

WORKER = "worker"
"""Attribute of a trial: the process that runs it, empty for none."""
ATTEMPTS = "attempts"
ERROR = "error"
MOST_ATTEMPTS = 3
"""A trial whose process was killed as often is what kills it: memory that the system took back."""
_YOUNG = timedelta(seconds=60)
"""A trial of no process is younger where a process has just taken it."""
_LOCK = ".lock"


@contextlib.contextmanager
def working(folder: Path) -> Iterator[str]:
    """Be a process that others in ``folder`` see; gives its name."""
    name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    path = _file(folder, name)
    with path.open("ab") as file:
        with contextlib.suppress(OSError):  # a file system without locks
            lock_file(file)
        try:
            yield name
        finally:
            path.unlink(missing_ok=True)


def put_back(study: optuna.Study, trial: optuna.Trial | FrozenTrial) -> None:
    """Let a running trial wait, as one that was enqueued does, with the values drawn so far."""
    storage = study._storage  # what a study is made on has no public name, nor has a trial's id
    storage.set_trial_user_attr(trial._trial_id, WORKER, "")
    storage.set_trial_state_values(trial._trial_id, state=TrialState.WAITING)


def put_back_abandoned(study: optuna.Study, folder: Path) -> int:
    """Put back every running trial whose process is gone; return how many there were.

    One that was put back often enough fails.
    """
    found = 0
    with locked(folder / _LOCK):  # two processes that find the same trial would run it twice
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if not _is_abandoned(trial, folder):
                continue
            attempts = trial.user_attrs.get(ATTEMPTS, 0)
            if attempts < MOST_ATTEMPTS:
                put_back(study, trial)
                found += 1
                continue
            why = f"its process was killed {attempts} times, perhaps for lack of memory"
            study._storage.set_trial_user_attr(trial._trial_id, ERROR, why)
            study.tell(trial.number, state=TrialState.FAIL)
    return found


def _is_abandoned(trial: FrozenTrial, folder: Path) -> bool:
    name = trial.user_attrs.get(WORKER)
    if not name:
        begun = trial.datetime_start
        return begun is not None and datetime.now() - begun > _YOUNG
    if not HAS_LOCKS:
        return False
    path = _file(folder, name)
    try:
        with path.open("r+b") as file:
            gone = lock_file(file)
    except FileNotFoundError:
        return True
    except OSError:  # no telling: others go on without this trial
        return False
    if gone:
        path.unlink(missing_ok=True)
    return gone


def _file(folder: Path, name: str) -> Path:
    return folder / f"worker-{name}.lock"

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from emoscope.io.file_lock import HAS_LOCKS
from emoscope.tune import workers
from emoscope.tune.journal import open_journal
from emoscope.tune.workers import (
    ATTEMPTS,
    ERROR,
    MOST_ATTEMPTS,
    WORKER,
    put_back,
    put_back_abandoned,
    working,
)

needs_locks = pytest.mark.skipif(not HAS_LOCKS, reason="no locks here")


@pytest.fixture
def study(tmp_path: Path) -> optuna.Study:
    return optuna.create_study(storage=open_journal(tmp_path / "journal.log"), study_name="s")


@pytest.fixture
def dead(tmp_path: Path) -> str:
    """The name of a process that was killed while it worked here."""
    code = (
        "import os, sys; from pathlib import Path; from emoscope.tune.workers import working\n"
        "with working(Path(sys.argv[1])) as name:\n    print(name, flush=True)\n    os._exit(9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True
    )
    return done.stdout.strip()


def running(study: optuna.Study, worker: str, attempts: int = 1) -> optuna.Trial:
    trial = study.ask()
    trial.suggest_float("x", 0, 1)
    trial.set_user_attr(WORKER, worker)
    trial.set_user_attr(ATTEMPTS, attempts)
    return trial


def states(study: optuna.Study) -> list[str]:
    return [trial.state.name for trial in study.trials]


def test_a_trial_that_was_put_back_comes_next_with_its_values(study: optuna.Study) -> None:
    trial = study.ask()
    value = trial.suggest_float("x", 0, 1)
    put_back(study, trial)
    assert states(study) == ["WAITING"]
    again = study.ask()
    assert again.number == trial.number
    assert again.suggest_float("x", 0, 1) == value
    study.tell(again, 1.0)
    assert states(study) == ["COMPLETE"]


@needs_locks
@pytest.mark.slow
def test_only_trials_of_dead_processes_are_put_back(
    study: optuna.Study, dead: str, tmp_path: Path
) -> None:
    assert (tmp_path / f"worker-{dead}.lock").exists()
    with working(tmp_path) as alive:
        running(study, dead)
        running(study, alive)
        assert put_back_abandoned(study, tmp_path) == 1
        assert put_back_abandoned(study, tmp_path) == 0
        assert states(study) == ["WAITING", "RUNNING"]
    assert put_back_abandoned(study, tmp_path) == 1, "it has ended, and let go of a trial"
    assert not list(tmp_path.glob("worker-*"))


@needs_locks
def test_a_trial_that_kills_its_process_fails_in_the_end(
    study: optuna.Study, tmp_path: Path
) -> None:
    running(study, "gone-1-00", MOST_ATTEMPTS)
    assert put_back_abandoned(study, tmp_path) == 0
    (trial,) = study.trials
    assert trial.state == TrialState.FAIL
    assert "killed 3 times" in trial.user_attrs[ERROR]


@needs_locks
def test_a_trial_that_nobody_has_taken_yet_is_young(
    study: optuna.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study.ask()
    assert put_back_abandoned(study, tmp_path) == 0

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now() + timedelta(minutes=2)

    monkeypatch.setattr(workers, "datetime", Later)
    assert put_back_abandoned(study, tmp_path) == 1


def test_where_locks_do_not_work_nothing_is_put_back(
    study: optuna.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object, **__: object) -> bool:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(workers, "lock_file", no_locks)
    with working(tmp_path) as name:
        running(study, name)
        assert put_back_abandoned(study, tmp_path) == 0
    assert states(study) == ["RUNNING"]


def test_a_process_is_seen_by_a_name_of_its_own(tmp_path: Path) -> None:
    with working(tmp_path) as first, working(tmp_path) as second:
        assert first != second
        assert str(os.getpid()) in first

from __future__ import annotations

from pathlib import Path

import optuna
import pytest

from emoscope.errors import SearchError
from emoscope.tune.journal import open_journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of two trials."""
    path = tmp_path / "journal.log"
    study = optuna.create_study(storage=open_journal(path), study_name="s")
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    return path


def trials(path: Path) -> list[str]:
    study = optuna.load_study(study_name="s", storage=open_journal(path))
    return [trial.state.name for trial in study.trials]


@pytest.mark.parametrize(
    "damage",
    [b'{"op_code":4,"stud', b"\x00" * 300, b'{"op_code":4,"study_id":0\n', b"\n", b"[]\n", b"7\n"],
    ids=["cut off", "never on the disk", "no JSON", "empty", "another list", "number"],
)
def test_a_damaged_last_line_is_dropped_and_said(path: Path, damage: bytes) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole + damage)
    said: list[str] = []
    study = optuna.load_study(study_name="s", storage=open_journal(path, said.append))
    assert path.read_bytes() == whole
    assert f"its last {len(damage)} bytes" in said[0]
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    assert trials(path) == ["COMPLETE"] * 3


def test_a_line_that_was_half_written_costs_what_it_said_and_no_more(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])
    assert trials(path) == ["COMPLETE", "RUNNING"]


def test_a_whole_journal_is_left_as_it_is(path: Path) -> None:
    whole = path.read_bytes()
    said: list[str] = []
    open_journal(path, said.append)
    assert (path.read_bytes(), said) == (whole, [])


def test_a_journal_that_had_just_begun_begins_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    path.write_bytes(b'{"op_co')
    optuna.create_study(storage=open_journal(path), study_name="s")
    assert trials(path) == []


def test_damage_inside_is_an_error_and_nothing_is_lost(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = b'{"op_code":5,"tri\n'
    path.write_bytes(b"".join(lines))
    with pytest.raises(SearchError, match="cannot be read as the journal of a search"):
        open_journal(path)
    assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize("content", [b"my notes\n", b"PAR1\x00\x01", b"{}\n"])
def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.log"
    path.write_bytes(content)
    with pytest.raises(SearchError, match="does not begin as one"):
        open_journal(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]

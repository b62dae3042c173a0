from __future__ import annotations

from pathlib import Path

from emoscope.slurm.work import Work


def test_an_interrupted_command_goes_on_with_resume(tmp_path: Path) -> None:
    work = Work.resumed(("train", "tiny.toml", "--seed", "1"), tmp_path / "run")
    assert work.again == ("train", "--resume", "tiny.toml", "--seed", "1")
    assert work.command == "emoscope train tiny.toml --seed 1"


def test_a_command_is_done_when_what_it_leaves_is_there(tmp_path: Path) -> None:
    run = tmp_path / "run"
    new = Work(("train",), ("train",), run)
    replacing = Work(("train",), ("train",), run, replaces=True)
    assert not new.is_done
    run.mkdir()
    assert new.is_done
    assert not replacing.is_done, "it may be the one that is to be replaced"
    assert not Work(("tune",), ("tune",)).is_done


def test_a_copy_is_read_in_place_of_a_file() -> None:
    work = Work(("train", "my.toml", "--name", "my"), ("train", "--resume", "my.toml"))
    changed = work.reading(Path("/jobs/my.toml"), "my.toml")
    assert changed.arguments == ("train", "/jobs/my.toml", "--name", "my")
    assert changed.again == ("train", "--resume", "/jobs/my.toml")

from __future__ import annotations

from pathlib import Path

import pytest

from emoscope import progress
from emoscope.progress import HowFar, ProgressFile, read_progress, take_progress_file


def test_what_is_written_is_read(tmp_path: Path) -> None:
    now = HowFar("training", 3, 10, "loss 0.5", "macro-F1 0.41")
    ProgressFile(tmp_path / "p.json").write(now)
    assert read_progress(tmp_path / "p.json") == now
    assert [path.name for path in tmp_path.iterdir()] == ["p.json"]


def test_many_calls_are_few_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    file, path = ProgressFile(tmp_path / "p.json"), tmp_path / "p.json"
    seen = []
    for step in range(1, 6):
        file.write(HowFar("training", step, 5))
        seen.append(read_progress(path).done)
        clock[0] += 0.4
    assert seen == [1, 1, 1, 4, 5], "after a second, and at the end"
    file.write(HowFar("finishing", 0, None))
    assert read_progress(path).stage == "finishing"


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    ProgressFile(tmp_path / "gone" / "p.json").write(HowFar("training", 1, 2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, "", "[]", '{"stage": "x"}', '{"other": 1}'])
def test_anything_else_is_nothing(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "p.json").write_text(content)
    assert read_progress(tmp_path / "p.json") is None


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(progress.VARIABLE, raising=False)
    assert take_progress_file() is None
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "p.json"))
    found = take_progress_file()
    assert found is not None
    found.write(HowFar("labelling", 1.0, 1.0))
    assert read_progress(tmp_path / "p.json") == HowFar("labelling", 1.0, 1.0)

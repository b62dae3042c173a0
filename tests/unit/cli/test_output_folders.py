"""Commands that write files of fixed names into a folder keep what the user has there."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("matplotlib")

from emoscope.cli.app import app
from emoscope.errors import DataError


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("evaluate", "metrics.json"),
        ("evaluate", "report.html"),
        ("compare", "comparison.csv"),
        ("compare", "comparison.svg"),
        ("report", "report.html"),
        ("report", "report"),
    ],
)
def test_a_file_of_the_user_is_refused_before_any_work(
    command: str, name: str, sample_run: Path, other_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("mine")
    arguments = [str(sample_run)] + [str(other_run)] * (command == "compare")
    found = CliRunner().invoke(app, [command, *arguments, "--out", str(out)])
    assert isinstance(found.exception, DataError)
    assert str(out / name) in str(found.exception)
    assert "--out" in str(found.exception)
    assert [each.name for each in out.iterdir()] == [name]
    assert (out / name).read_text() == "mine"


def test_a_comparison_replaces_an_earlier_one(
    sample_run: Path, other_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        command = ["compare", str(sample_run), str(other_run), "--no-speed", "--out", str(out)]
        assert CliRunner().invoke(app, command).exception is None
        (out / "mine.txt").write_text("mine")
    assert (out / "mine.txt").read_text() == "mine"
    assert (out / "comparison.png").exists()

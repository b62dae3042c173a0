"""What the documentation shows works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(kind: str) -> list[tuple[str, str]]:
    return [
        (page.name, code)
        for page in PAGES
        for language, code in BLOCK.findall(page.read_text(encoding="utf-8"))
        if language == kind
    ]


@pytest.mark.parametrize(("page", "code"), blocks("python"), ids=lambda v: str(v)[:20])
def test_python_examples_run(
    page: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("skops")
    from emoscope.training.recipe import load_recipe
    from emoscope.training.train import train

    monkeypatch.chdir(tmp_path)
    changes = {"data.name": "sample", "name": "demo", "repeats": "1", "folds": "2"}
    train(load_recipe("tfidf-5k-goemotions", changes), runs=tmp_path / "runs")
    exec(compile(code, page, "exec"), {})


def commands() -> list[str]:
    shown = [code for _, code in blocks("")]
    lines = [line.split("#")[0].strip() for code in shown for line in code.splitlines()]
    return [line for line in lines if line.startswith("emoscope ")]


def test_the_readme_shows_commands() -> None:
    assert len(commands()) > 5


@pytest.mark.parametrize("command", commands())
def test_every_command_shown_exists_with_its_options(command: str) -> None:
    import shlex

    import typer.main

    from emoscope.cli.app import app

    words = shlex.split(re.split(r" [<>|] ", command)[0])[1:]
    group = typer.main.get_command(app)
    while words and words[0] in getattr(group, "commands", {}):
        group = group.commands[words.pop(0)]
    known = {name for parameter in group.params for name in parameter.opts}
    free = group.context_settings.get("ignore_unknown_options", False)
    for option in (word.split("=")[0] for word in words if word.startswith("-")):
        assert option in known or free, f"{option} in {command!r}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target

"""What the documentation shows works."""

from __future__ import annotations

import re
import shlex
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


@pytest.mark.slow
@pytest.mark.parametrize(("page", "code"), blocks("python"), ids=lambda v: str(v)[:20])
def test_python_examples_run(
    page: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("skops")
    if "pandas" in code:
        pytest.importorskip("pandas")
        pytest.importorskip("pyarrow")
    from emoscope.training.recipe import load_recipe
    from emoscope.training.train import train

    monkeypatch.chdir(tmp_path)
    changes = {
        "data.name": "everyday",
        "sample": "600",
        "name": "demo",
        "repeats": "1",
        "folds": "2",
    }
    train(load_recipe("tfidf-5k-goemotions", changes), runs=tmp_path / "runs")
    exec(compile(code, page, "exec"), {})


def commands() -> list[str]:
    shown = [code for _, code in blocks("")]
    lines = [line.split("#")[0].strip() for code in shown for line in code.splitlines()]
    return [line for line in lines if line.startswith("emoscope ")]


def test_the_readme_shows_commands() -> None:
    assert len(commands()) > 5


def check_options(command: str) -> None:
    """Parse ``command`` as the program would; raises for an option or a key that does not exist.

    Six commands leave unknown options to the keys of a recipe, of the data or of the service:
    those keys are looked up where the command looks them up.
    """
    import typer.main

    from emoscope.cli.app import app
    from emoscope.cli.overrides import read_arguments
    from emoscope.cli.slurm import SlurmCommand, split_words
    from emoscope.data.settings import data_settings
    from emoscope.slurm.settings import read_settings as slurm_settings
    from emoscope.training.recipe import load_recipe

    words = shlex.split(re.split(r" [<>|] ", command)[0])[1:]
    group = typer.main.get_command(app)
    path = []
    while words and words[0] in getattr(group, "commands", {}):
        path.append(words.pop(0))
        group = group.commands[path[-1]]
    if path and isinstance(group, SlurmCommand):
        found = split_words(words)
        words = found.parsed
        slurm_settings("", found.options, {})
    context = group.context_class(group, info_name=path[-1] if path else "emoscope")
    for name, value in group.context_settings.items():
        setattr(context, name, value)
    _, left, _ = group.make_parser(context).parse_args(words)
    if not context.ignore_unknown_options:
        assert not [word for word in left if word.startswith("-") and word != "-"], command
        return
    argument, keys = read_arguments(left)
    if path in (["train"], ["tune"]):
        is_file = argument is None or argument.endswith(".toml")  # which is not there
        load_recipe("tfidf-5k-goemotions" if is_file else argument, keys)
    elif path == ["serve"]:
        from emoscope.serve import read_settings

        read_settings({}, {name.replace("-", "_"): value for name, value in keys.items()})
    else:
        data_settings(
            {key.replace("-", "_").removeprefix("data."): value for key, value in keys.items()}
        )


@pytest.mark.parametrize("command", commands())
def test_every_command_shown_exists_with_its_options(command: str) -> None:
    if command.startswith("emoscope serve"):
        pytest.importorskip("fastapi")
    check_options(command)


@pytest.mark.parametrize(
    "command",
    [
        "emoscope predict --no-such-option",
        "emoscope train tfidf-goemotions --no-such-key 1",
        "emoscope train --data tickets.csv --model.no_such_key 1",
        "emoscope tune tfidf-goemotions --no-such-key 1",
        "emoscope evaluate runs/x --no-such-key 1",
        "emoscope report runs/x --no-such-key 1",
        "emoscope data describe tickets.csv --no-such-key 1",
        "emoscope serve --no-such-setting 1",
        "emoscope predict a.csv -o out --slurm.no_such_key 1",
    ],
)
def test_an_option_that_does_not_exist_is_noticed(command: str) -> None:
    if command.startswith("emoscope serve"):
        pytest.importorskip("fastapi")
    with pytest.raises(Exception, match=r"no.such"):
        check_options(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target

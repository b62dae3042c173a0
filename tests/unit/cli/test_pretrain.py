from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from emoscope.cli.pretrain import pretrain
from emoscope.errors import DataNotFound, RecipeError


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(pretrain)
    return app


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("so glad today\nso angry today\nafraid of the dark\n" * 3, encoding="utf-8")
    return path


def arguments(text: Path, folder: Path, *more: str) -> list[str]:
    small = ["--hidden-size", "16", "--layers", "1", "--vocabulary-size", "200"]
    return ["--text", str(text), "--output", str(folder), *small, "--max-steps", "1", *more]


@pytest.mark.slow
def test_leaves_an_encoder_and_says_where(app, text, tmp_path):
    result = CliRunner().invoke(app, arguments(text, tmp_path / "new"))
    assert result.exit_code == 0, result.output
    assert "texts    2" in result.stdout  # three differ, one of them is held out
    assert str(tmp_path / "new") in result.stdout
    assert (tmp_path / "new" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (["--vocabulary", "letters"], RecipeError, "'letters' is not known. Give wordpiece or bpe"),
        (["--hidden-size", "30"], RecipeError, "--hidden-size 30: .*not a multiple"),
    ],
)
def test_bad_options_are_named(app, text, tmp_path, more, error, message):
    with pytest.raises(error, match=message):
        CliRunner().invoke(app, arguments(text, tmp_path / "new", *more), catch_exceptions=False)


def test_missing_file_is_named(app, tmp_path):
    with pytest.raises(DataNotFound, match=r"gone\.txt"):
        CliRunner().invoke(
            app, arguments(tmp_path / "gone.txt", tmp_path / "new"), catch_exceptions=False
        )

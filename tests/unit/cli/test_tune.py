from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("optuna")
pytest.importorskip("sklearn")
pytest.importorskip("skops")

from emoscope.cli.app import app
from emoscope.errors import EmoscopeError, RecipeError, SearchError
from emoscope.evaluation.search_result import read_search
from emoscope.training.recipe import load_recipe

RECIPE = """
name = "tiny"

[data]
name = "everyday"
sample = 150

[model]
kind = "linear"

[policy]
repeats = 1
folds = 2

[search]
model.strength = { low = 0.1, high = 10.0, log = true }
"model.class_weight" = ["none", "balanced"]
"""

# None in sys.modules would do for our own imports; SciPy looks at what is there
WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, *rest):
        if name.split(".")[0] in ("torch", "transformers", "safetensors", "matplotlib", "jinja2"):
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
from emoscope.cli import main
main()
"""


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("emoscope.training.fit.usable_cores", lambda: 1)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "own.toml"
    path.write_text(RECIPE, encoding="utf-8")
    return path


def failure(*words: str) -> EmoscopeError:
    found = CliRunner().invoke(app, ["tune", *words])
    assert isinstance(found.exception, EmoscopeError), found.output
    assert found.exception.exit_code == 2
    return found.exception


@pytest.mark.slow
def test_from_a_recipe_to_the_winner_and_its_run(recipe: Path) -> None:
    found = CliRunner().invoke(app, ["tune", str(recipe), "--trials", "3", "--no-report"])
    assert found.exit_code == 0, found.output
    assert "3 trials of tiny: 3 complete." in found.output
    assert "1/3 trial 0 (the recipe as it is)" in found.output
    winner = Path("runs/tiny-search/best.toml")
    assert f"train it   emoscope train {winner}" in found.output
    trained = CliRunner().invoke(app, ["train", str(winner), "--no-report"])
    assert trained.exit_code == 0, trained.output
    said = " ".join(trained.output.split())
    assert "The recipe is the best of 3 trials on validation, which scored it 5 times" in said
    run = Path("runs/tiny-tuned")
    assert read_search(run) == read_search(winner.parent)
    assert "best of 3 trials" in (run / "model" / "README.md").read_text(encoding="utf-8")
    assert "tiny-search" not in (run / "model" / "emoscope.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_key_given_on_the_command_line_is_not_searched(recipe: Path) -> None:
    words = ["tune", str(recipe), "--trials", "2", "--no-report", "--strength", "0.7"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0, found.output
    result = read_search(Path("runs/tiny-search"))
    assert result is not None
    assert list(result.space) == ["model.class_weight"]
    assert load_recipe("runs/tiny-search/best.toml").model.strength == 0.7


@pytest.mark.slow
def test_a_linear_model_is_searched_without_torch(recipe: Path) -> None:
    words = ["tune", str(recipe), "--trials", "2"]
    done = subprocess.run([sys.executable, "-c", WITHOUT, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "2 trials of tiny: 2 complete." in done.stdout
    assert 'pip install "emoscope[report]"' in done.stderr


def test_no_recipe(recipe: Path) -> None:
    assert isinstance(failure(), RecipeError)


def test_a_space_with_an_unknown_key(recipe: Path) -> None:
    recipe.write_text(RECIPE.replace("class_weight", "class_wait"), encoding="utf-8")
    assert "'model.class_wait'. Did you mean 'model.class_weight'" in str(failure(str(recipe)))
    assert not Path("runs").exists()


def test_a_recipe_without_a_space(recipe: Path) -> None:
    recipe.write_text(RECIPE.partition("[search]")[0], encoding="utf-8")
    assert "has no [search] table" in str(failure(str(recipe)))
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--trials", "0"], "--trials 0"),
        (["--timeout", "soon"], "'soon' is not understood"),
        (["--pruner", "hyperband"], "no pruner 'hyperband'"),
        (["--no-such-key", "1"], "no recipe key 'no-such-key'|no recipe key 'no_such_key'"),
    ],
)
def test_bad_options(recipe: Path, words: list[str], message: str) -> None:
    assert re.search(message, str(failure(str(recipe), *words)))
    assert not Path("runs").exists()


@pytest.mark.slow
def test_a_folder_with_other_results_and_a_study_of_another_recipe(recipe: Path) -> None:
    folder = Path("runs/tiny-search")
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine")
    assert isinstance(failure(str(recipe)), SearchError)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    (folder / "mine.txt").unlink()
    done = CliRunner().invoke(app, ["tune", str(recipe), "--trials", "1", "--no-report"])
    assert done.exit_code == 0, done.output
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    message = str(failure(str(recipe), "--seed", "5"))
    assert "a study of another recipe: seed was 0 and is 5" in message
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before

"""Runs on several data sets, by the functions and by the commands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")
pytest.importorskip("tomli_w")

from typer.testing import CliRunner, Result

import emoscope
from emoscope.cli.app import app
from emoscope.cli.export import validation_of
from emoscope.errors import RecipeError
from emoscope.evaluation.saved_run import read_scores
from emoscope.model_folder.manifest import read_manifest, write_manifest
from emoscope.training.fit_ensemble import ensemble_recipe
from emoscope.training.recipe import (
    add_data_sets,
    load_recipe,
    parse_recipe,
    recipe_toml,
)

WORDS = {
    "joy": ("glad", "merry", "cheerful"),
    "anger": ("furious", "mad", "cross"),
    "fear": ("scared", "nervous", "afraid"),
}
FRAMES = ("i am {}", "she was {} today", "they look {} now", "so {} about it", "quite {} again")


def rows(who: str, labels: dict[str, str]) -> str:
    """Texts of each label in all splits; ``labels`` gives the names to write."""
    lines = ["text,labels,split"]
    for label, words in WORDS.items():
        for i, frame in enumerate(FRAMES):
            split = ("train", "train", "train", "validation", "test")[i]
            lines += [f"{who} {frame.format(word)},{labels[label]},{split}" for word in words]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two labelled files; the second says happy for joy."""
    folder = tmp_path_factory.mktemp("files")
    same = {label: label for label in WORDS}
    (folder / "mine.csv").write_text(rows("well", same), encoding="utf-8")
    (folder / "theirs.csv").write_text(rows("look", {**same, "joy": "happy"}), encoding="utf-8")
    return folder / "mine.csv", folder / "theirs.csv"


@pytest.fixture(scope="module")
def recipe(files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "two.toml"
    path.write_text(
        f"""
name = "two"
[[data]]
name = "file"
path = {str(files[0])!r}
split_column = "split"
[[data]]
name = "file"
path = {str(files[1])!r}
split_column = "split"
weight = 2
label_map = {{ happy = "joy" }}
[model]
kind = "linear"
words = {{ min_texts = 1 }}
characters = false
[policy]
repeats = 1
folds = 2
"""
    )
    return path


def shell(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def run(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("runs")
    result = shell("train", recipe, "--runs", runs, "--no-report")
    assert result.exit_code == 0, result.exception
    assert "two on theirs" in result.stdout
    return runs / "two"


def test_metrics_of_each_data_set(run: Path) -> None:
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["splits"]["test"]["fine"]["n_texts"] == 9
    assert metrics["splits"]["validation"]["fine"]["n_texts"] == 9
    assert set(metrics["data_sets"]) == {"theirs"}
    theirs = metrics["data_sets"]["theirs"]["test"]["fine"]
    assert theirs["n_texts"] == 9
    assert {row["label"]: row["support"] for row in theirs["per_label"]} == dict.fromkeys(WORDS, 3)
    assert read_scores(run, "test-theirs") is not None


def test_the_manifest_says_both(run: Path, files: tuple[Path, Path]) -> None:
    manifest = emoscope.load(run).manifest
    assert manifest is not None
    assert manifest.metrics["n_texts"] == 9
    assert manifest.metrics["data_sets"]["theirs"]["n_texts"] == 9
    data = manifest.provenance["data"]
    assert data["name"] == "mine + theirs"
    assert data["rows"] == {"train": 54, "validation": 18, "test": 18}
    assert [(f["name"], f["data_set"]) for f in data["files"]] == [
        ("mine.csv", 0),
        ("theirs.csv", 1),
    ]
    assert str(files[0].parent) not in json.dumps(manifest.provenance)


def test_evaluate_reads_either_file_as_it_was_read(run: Path, files: tuple[Path, Path]) -> None:
    saved = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    for file, expected in (
        (files[0], saved["splits"]["test"]),
        (files[1], saved["data_sets"]["theirs"]["test"]),
    ):
        result = shell("evaluate", run, "--data", file, "--json")
        assert result.exit_code == 0, result.exception
        assert json.loads(result.stdout)["fine"]["headline"] == expected["fine"]["headline"]


def test_evaluate_without_data_says_what_to_give(run: Path) -> None:
    result = shell("evaluate", run)
    assert result.exit_code != 0
    assert "--data" in str(result.exception)


def test_the_report_finds_the_texts_of_the_first(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    result = shell("report", run, "--out", tmp_path)
    assert result.exit_code == 0, result.exception
    assert "without the texts" not in result.output
    assert "mine.csv from path" in result.output


def test_weights_make_texts_count_more(files: tuple[Path, Path], tmp_path: Path) -> None:
    """A text in one file as joy and in the other as anger goes where the weight is."""
    (tmp_path / "a.csv").write_text("text,labels,split\nodd,joy,train\n" + rows("a", {
        label: label for label in WORDS}).partition("\n")[2])  # fmt: skip
    (tmp_path / "b.csv").write_text("text,labels,split\nodd,anger,train\n" + rows("b", {
        label: label for label in WORDS}).partition("\n")[2])  # fmt: skip
    from emoscope.training.train import train

    scores = {}
    for weight in (0.1, 10):
        table = {"name": "file", "split_column": "split"}
        tables = [
            {**table, "path": tmp_path / "a.csv", "task": "single_label"},
            {**table, "path": tmp_path / "b.csv", "weight": weight},
        ]
        made = train(
            parse_recipe(
                {
                    "name": f"w{weight}",
                    "data": tables,
                    "model": {"kind": "linear", "words": {"min_texts": 1}, "characters": False},
                    "policy": {"repeats": 1, "folds": 2},
                }
            ),
            runs=tmp_path,
        )
        assert made is not None
        labels = made.classifier.labels
        row = made.classifier.score(["odd"]).scores[0]
        scores[weight] = row[labels.index("anger")] - row[labels.index("joy")]
    assert scores[0.1] < 0 < scores[10]


def test_a_recipe_of_several_comes_back_the_same(recipe: Path) -> None:
    read = load_recipe(recipe)
    assert [each.weight for each in read.data_sets] == [1.0, 2.0]
    written = recipe_toml(read)
    assert written.count("[[data]]") == 2
    again = recipe.with_name("again.toml")
    again.write_text(written, encoding="utf-8")
    assert load_recipe(again) == read


def test_the_run_keeps_the_recipe(run: Path, recipe: Path) -> None:
    assert load_recipe(run / "recipe.toml") == load_recipe(recipe)


def test_options_about_data_mean_the_first(recipe: Path) -> None:
    read = load_recipe(recipe, {"data.sample": "5", "ids": "text"})
    plain = load_recipe(recipe)
    assert (read.data.sample, read.data.ids) == (5, "text")
    assert read.data.path == plain.data.path
    assert read.more_data == plain.more_data


BASE = parse_recipe({"name": "x", "data": {"name": "everyday"}, "model": {"kind": "linear"}})


def test_added_data_sets_are_files_or_names(tmp_path: Path) -> None:
    odd = tmp_path / "a=2"
    odd.write_text("")
    found = add_data_sets(BASE, ["own.csv=2", "emotion=0.5", "hub:a/b", str(odd), f"{odd}=3"])
    assert found.data == BASE.data
    assert [
        (each.name, None if each.path is None else str(each.path), each.weight)
        for each in found.more_data
    ] == [
        ("file", "own.csv", 2.0),
        ("emotion", None, 0.5),
        ("hub:a/b", None, 1.0),
        ("file", str(odd), 1.0),
        ("file", str(odd), 3.0),
    ]
    assert len(add_data_sets(found, ["more.csv"]).more_data) == 6
    assert add_data_sets(BASE, []) == BASE


@pytest.mark.parametrize("weight", ["two", "-1", "0", "nan", "inf", "1000", ""])
def test_a_wrong_weight(weight: str) -> None:
    with pytest.raises(RecipeError, match=r"--add-data: more_data.*weight = "):
        add_data_sets(BASE, [f"own.csv={weight}"])


def test_add_data_trains_on_both(files: tuple[Path, Path], tmp_path: Path) -> None:
    other = files[0].with_name("third.csv")
    other.write_text(files[0].read_text().replace("well ", "hey "))
    options = ("--split-column", "split", "--runs", tmp_path, "--no-report", "--dry-run")
    result = shell("train", "--data", files[0], "--add-data", f"{other}=2", *options)
    assert result.exit_code == 0, result.exception
    texts = int(result.stdout.split("train texts")[1].split()[0])
    assert 27 + 30 < texts < 27 + 45  # of the second, which no column splits, most


@pytest.mark.parametrize(
    ("added", "says"),
    [("gone.csv", "gone.csv"), ("gone.csv=2", "gone.csv"), ("x.csv=two", "weight = 'two'")],
)
def test_errors_of_add_data_have_exit_code_2(
    files: tuple[Path, Path], tmp_path: Path, added: str, says: str
) -> None:
    result = shell("train", "--data", files[0], "--add-data", added, "--runs", tmp_path)
    assert says in str(result.exception)
    assert getattr(result.exception, "exit_code", None) == 2
    assert not list(tmp_path.iterdir())


def test_an_empty_list(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="data is an empty list"):
        parse_recipe({"name": "x", "data": [], "model": {"kind": "linear"}})


def test_scores_of_validation_are_of_the_first(run: Path) -> None:
    saved = read_scores(run, "validation")
    assert saved is not None
    assert saved.scores.shape == (9, 3)
    assert np.isfinite(saved.scores).all()


def test_an_ensemble_of_runs_finds_both_files(run: Path, files: tuple[Path, Path]) -> None:
    recipe = ensemble_recipe("joined", [str(run), str(run)])
    assert [each.path for each in recipe.data_sets] == list(files)
    assert recipe.more_data[0].label_map == {"happy": "joy"}
    result = shell("ensemble", run, run, "-o", run.with_name("joined"), "--no-report")
    assert result.exit_code == 0, result.exception
    one, joined = (
        json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["data_sets"]["theirs"]
        for folder in (run, run.with_name("joined"))
    )
    assert joined["test"]["fine"]["headline"] == pytest.approx(one["test"]["fine"]["headline"])


def test_graphs_are_judged_on_the_validation_of_all(tiny_folder: Path) -> None:
    manifest = read_manifest(tiny_folder)
    tables = {"data": {"name": "everyday", "sample": 300}, "more_data": [{"name": "everyday"}]}
    write_manifest(tiny_folder, replace(manifest, provenance={"recipe": tables}))
    found = validation_of(tiny_folder, None)
    assert found is not None
    assert found.source_names == ("everyday", "everyday#2")
    assert set(found.splits.tolist()) == {"validation"}

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("tomli_w")

from emoscope.errors import MissingExtra, TrainingError
from emoscope.training.recipe import load_recipe, parse_recipe
from emoscope.training.run_folder import (
    discard_unless_resumable,
    prepare,
    publish,
    working_folder,
    write_results,
)

BEGUN = parse_recipe({"name": "small", "model": {"kind": "linear"}})
OTHER = parse_recipe({"name": "small", "model": {"kind": "linear"}, "seed": 9})


def test_an_unfinished_run_keeps_the_recipe_that_it_began_with(tmp_path: Path):
    """A resume may be refused for its recipe, and then somebody has to see the old one."""
    folder = working_folder(tmp_path / "small", resume=False, overwrite=False)
    prepare(folder, BEGUN)
    prepare(working_folder(tmp_path / "small", resume=True, overwrite=False), OTHER)
    assert load_recipe(folder / "recipe.toml") == BEGUN


def test_starting_anew_forgets_it(tmp_path: Path):
    prepare(working_folder(tmp_path / "small", resume=False, overwrite=False), BEGUN)
    folder = working_folder(tmp_path / "small", resume=False, overwrite=True)
    prepare(folder, OTHER)
    assert load_recipe(folder / "recipe.toml") == OTHER


def test_without_the_package_that_writes_recipes_no_folder_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "tomli_w", None)
    with pytest.raises(MissingExtra, match=r"emoscope\[linear\]"):
        prepare(working_folder(tmp_path / "small", resume=False, overwrite=False), BEGUN)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match=r"Cannot write the run folder.*--runs"):
        prepare(tmp_path / "file" / "small.unfinished", BEGUN)


def test_only_what_can_be_gone_on_from_is_kept(tmp_path: Path):
    folder = tmp_path / "small.unfinished"
    (folder / "checkpoints" / ".checkpoint-3.saving").mkdir(parents=True)
    discard_unless_resumable(folder)
    assert not folder.exists()
    (folder / "checkpoints" / "checkpoint-3").mkdir(parents=True)
    discard_unless_resumable(folder)
    assert folder.exists()


def test_a_run_gets_its_name_in_the_place_of_the_former(tmp_path: Path):
    for name in ("small", "small.unfinished", "small.replaced"):
        (tmp_path / name).mkdir()
    (tmp_path / "small.unfinished" / "new").touch()
    publish(tmp_path / "small.unfinished", tmp_path / "small")
    assert [p.name for p in tmp_path.iterdir()] == ["small"]
    assert (tmp_path / "small" / "new").exists()


def test_a_search_that_cannot_be_read_costs_no_run(tmp_path: Path):
    study = tmp_path / "study"
    study.mkdir()
    (study / "search.json").write_text("{")
    counts = {"trial": 0, "trials": 1, "evaluations": 1}
    selection = {"study": study, **counts, "metric": "macro_f1", "value": 0.5}
    recipe = parse_recipe({"name": "a", "model": {"kind": "linear"}, "selection": selection})
    evaluation = SimpleNamespace(
        to_json=dict, fine=SimpleNamespace(per_label_csv=str), save_scores=lambda path: None
    )
    write_results(tmp_path, recipe, evaluation, None, {}, {})
    assert (tmp_path / "metrics.json").is_file()
    assert not (tmp_path / "search.json").exists()

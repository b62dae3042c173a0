from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emoscope.errors import RecipeError
from emoscope.training.recipe import (
    Recipe,
    load_recipe,
    parse_recipe,
    recipe_names,
    recipe_toml,
    with_values,
)
from emoscope.training.search_space import Choices, Range, activating

LOSSES = {
    "training.loss.gamma": {
        "low": 0.5, "high": 4, "when": {"training.loss.kind": ["focal"]},
    },
    "training.loss.kind": ["bce", "focal"],
}  # fmt: skip


def recipe(space: Any, **model: Any) -> Recipe:
    tables = {"name": "own", "model": {"kind": "linear", **model}, "search": space}
    return parse_recipe(tables, "own.toml")


def test_a_range_of_a_number_with_fractions() -> None:
    found = recipe({"model.strength": {"low": 1, "high": 100, "log": True, "points": 3}})
    strength = found.search["model.strength"]
    assert isinstance(strength, Range)
    assert not strength.is_whole
    assert strength.ends == (1.0, 100.0)
    assert strength.grid == (1.0, 10.0, 100.0)


@pytest.mark.parametrize(
    ("table", "grid"),
    [
        ({"low": 1, "high": 9}, (1, 3, 5, 7, 9)),
        ({"low": 1, "high": 3}, (1, 2, 3)),
        ({"low": 10, "high": 34, "step": 8}, (10, 18, 26, 34)),
        ({"low": 10, "high": 35, "step": 10}, (10, 20, 30)),
        ({"low": 1, "high": 1000, "log": True, "points": 4}, (1, 10, 100, 1000)),
    ],
)
def test_a_range_of_whole_numbers(table: dict[str, Any], grid: tuple[int, ...]) -> None:
    found = recipe({"max_iterations": table}).search["model.max_iterations"]
    assert isinstance(found, Range)
    assert found.is_whole
    assert found.grid == grid
    assert all(isinstance(value, int) for value in found.grid)


def test_a_step_with_fractions_reaches_its_end() -> None:
    found = recipe({"strength": {"low": 0.1, "high": 0.7, "step": 0.1}})
    assert found.search["model.strength"].grid == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


def test_a_list_of_values_of_any_kind() -> None:
    found = recipe({"model.words.ngrams": [[1, 1], [1, 2]], "characters": [False, {}]})
    ngrams = found.search["model.words.ngrams"]
    assert isinstance(ngrams, Choices)
    assert ngrams.names == ("[1, 1]", "[1, 2]")
    assert ngrams.holds((1, 2))
    assert not ngrams.holds((2, 2))
    assert found.search["model.characters"].ends == (False, {})


def test_keys_may_be_nested_tables_or_dotted() -> None:
    table = {"low": 0.1, "high": 1.0}
    nested = recipe({"model": {"strength": table, "words": {"stop_words": [True, False]}}})
    dotted = recipe({"model.strength": table, "stop_words": [True, False]})
    assert nested.search == dotted.search


def test_a_dimension_stands_behind_those_it_depends_on() -> None:
    tables = {"name": "own", "model": {"kind": "minibert"}, "search": LOSSES}
    found = parse_recipe(tables)
    assert list(found.search) == ["training.loss.kind", "training.loss.gamma"]
    gamma = found.search["training.loss.gamma"]
    assert activating(found.search, "training.loss.gamma") == {"training.loss.kind": "focal"}
    for kind, active in (("bce", False), ("focal", True)):
        changed = with_values(found, {"training.loss.kind": kind})
        assert gamma.is_active(changed.model_dump()) is active


def test_conditions_may_be_on_keys_that_are_not_searched() -> None:
    space = {"strength": {"low": 0.1, "high": 1, "when": {"model.words.ngrams": [[1, 2]]}}}
    found = recipe(space).search["model.strength"]
    assert found.is_active(recipe({}).model_dump())
    assert not found.is_active(recipe({}, words={"ngrams": [1, 3]}).model_dump())


def test_a_space_reads_back_as_written(tmp_path: Path) -> None:
    pytest.importorskip("tomli_w")
    tables = {"name": "own", "model": {"kind": "minibert"}, "search": LOSSES}
    found = parse_recipe(tables)
    path = tmp_path / "own.toml"
    path.write_text(recipe_toml(found), encoding="utf-8")
    assert load_recipe(path) == found


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"model.strenght": [1]}, r"\[search\].*'model.strenght'\. Did you mean 'model.strength'"),
        ({"strength": 3}, r"strength = 3 is no range and no list"),
        ({"strength": {"low": 1}}, r"strength: 'high' is missing"),
        ({"strength": {"low": 1, "high": 2, "pionts": 3}}, r"'pionts'. Did you mean 'points'\?"),
        ({"strength": {"low": 2, "high": 1}}, r"low = 2 has to be less than high = 1"),
        ({"strength": {"low": 0, "high": 1, "log": True}}, r"log = true takes low above 0"),
        ({"strength": {"low": 1, "high": 2, "step": 5}}, r"step = 5 does not fit"),
        ({"strength": {"low": -1, "high": 1}}, r"model.strength = -1.0: Input should be greater"),
        ({"class_weight": ["none", "equal"]}, r"model.class_weight = 'equal'"),
        ({"class_weight": {"low": 1, "high": 2}}, r"takes no numbers. Give a list"),
        ({"max_iterations": {"low": 1.5, "high": 2}}, r"low = 1.5 is no whole number"),
        ({"strength": [1, 1]}, r"1 stands in the list twice"),
        ({"strength": []}, r"at least 1 item"),
        ({"strength": [1], "model.strength": [2]}, r"model.strength stands there twice"),
        ({"seed": [0, 1]}, r"seed cannot be searched: seeds are repeated with --seeds"),
        ({"data.sample": [100, 200]}, r"all trials have to be judged on the same texts"),
        ({"folds": [2, 3]}, r"it says how trials are judged"),
        (
            {"strength": {"values": [1], "when": {"class_wait": "none"}}},
            r"'class_wait'. Did you mean 'model.class_weight'",
        ),
        (
            {"strength": {"values": [1, 2], "when": {"class_weight": "no"}}},
            r"model.class_weight = 'no'",
        ),
        (
            {
                "strength": {"values": [1, 2], "when": {"class_weight": "none"}},
                "class_weight": {"values": ["none"], "when": {"strength": 1}},
            },
            r"depend on each other in a circle",
        ),
        ([1, 2], r"\[search\] = \[1, 2\] is no range"),
    ],
)
def test_what_cannot_be_searched_is_one_clear_error(space: Any, message: str) -> None:
    with pytest.raises(RecipeError, match=message) as found:
        recipe(space)
    assert str(found.value).startswith("Recipe own.toml")


SEARCHED = [name for name in recipe_names() if load_recipe(name).search]


def test_every_recipe_that_trains_in_minutes_has_a_space() -> None:
    """The others start from encoders that take hours on a processor."""
    hours = ("bert-", "distilbert-", "roberta-", "mpnet-")
    assert [name for name in recipe_names() if not name.startswith(hours)] == SEARCHED


@pytest.mark.parametrize("name", SEARCHED)
def test_a_shipped_space_holds_the_recipe_as_it_is(name: str) -> None:
    """So that trial 0 is the recipe itself."""
    found = load_recipe(name)
    tables = found.model_dump()
    for path, dimension in found.search.items():
        if dimension.is_active(tables):
            value = tables
            for part in path.split("."):
                value = value[part]
            assert dimension.holds(value), path

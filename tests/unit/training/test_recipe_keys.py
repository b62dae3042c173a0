from __future__ import annotations

import pytest

from emoscope.errors import RecipeError
from emoscope.training.recipe import Recipe, load_recipe
from emoscope.training.recipe_keys import keys_of, put, resolve_key, value_at


def test_keys_know_the_types_of_their_values() -> None:
    keys = keys_of(Recipe, "linear")
    assert float in keys["model.strength"]
    assert int in keys["model.words.max_features"]
    assert float not in keys["model.words.max_features"]
    assert float in keys_of(Recipe, "minibert")["training.loss.gamma"]


def test_keys_of_one_kind_of_model_are_its_own() -> None:
    assert "model.strength" not in keys_of(Recipe, "minibert")
    assert {"model.strength", "model.layers"} <= set(keys_of(Recipe))


def test_what_a_search_writes_is_no_key() -> None:
    """Else --trials and --value would be taken for keys of the recipe."""
    assert not [path for path in keys_of(Recipe) if path.startswith(("search", "selection"))]
    with pytest.raises(RecipeError, match="no recipe key 'trials'"):
        resolve_key("trials", keys_of(Recipe))


def test_a_value_is_put_into_a_copy() -> None:
    inner = {"kind": "linear", "strength": 1.0}
    tables = {"model": inner}
    put(tables, "model.strength", 2.0)
    put(tables, "policy.folds", 3)
    assert value_at(tables, "model.strength") == 2.0
    assert value_at(tables, "policy.folds") == 3
    assert inner["strength"] == 1.0
    assert value_at(tables, "model.words.ngrams") is None


def test_another_kind_forgets_the_keys_of_the_former() -> None:
    tables = {"training": {"loss": {"kind": "bce", "positive_weight": "counts"}}}
    put(tables, "training.loss.kind", "bce")
    assert tables["training"]["loss"]["positive_weight"] == "counts"
    put(tables, "training.loss.kind", "focal")
    assert tables["training"]["loss"] == {"kind": "focal"}


def test_a_loss_given_by_its_name_keeps_its_kind() -> None:
    changes = {"training.loss.gamma": "1.5", "training.loss": "focal"}
    recipe = load_recipe("minibert-goemotions", dict(reversed(changes.items())))
    assert recipe.training.loss is not None
    assert recipe.training.loss.model_dump() == {"kind": "focal", "gamma": 1.5, "alpha": None}


def test_a_kind_may_be_named_after_its_keys() -> None:
    recipe = load_recipe("minibert-goemotions", {"loss.gamma": "1.5", "loss.kind": "focal"})
    assert recipe.training.loss is not None
    assert recipe.training.loss.kind == "focal"

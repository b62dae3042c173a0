from __future__ import annotations

import sys
from pathlib import Path

import pytest

from emoscope.errors import EmoscopeError, MissingExtra, RecipeError
from emoscope.models.linear_settings import LinearSettings
from emoscope.training.recipe import (
    Recipe,
    load_recipe,
    parse_recipe,
    recipe_names,
    recipe_toml,
    with_values,
)

MINIMAL = {"name": "mine", "model": {"kind": "linear"}}


def write(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_is_named_like_its_file_and_reads_back(
    name: str, tmp_path: Path
) -> None:
    pytest.importorskip("tomli_w")
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description
    resolved = write(tmp_path, recipe_toml(recipe))
    assert load_recipe(resolved) == recipe


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "quotes \" and ' and \\ and\nlines\t\x07 and 😀 \x7f ="},
        {"model": {"kind": "linear", "words": False, "characters": {"ngrams": [2, 5]}}},
        {"model": {"kind": "linear", "strength": 1e-7}},
        {
            "model": {"kind": "minibert", "layers": 2},
            "training": {
                "epochs": 1.5,
                "learning_rate": 3e-05,
                "early_stopping": 2,
                "loss": {"kind": "bce", "positive_weight": "counts"},
                "augmentation": {"back_translation": ["there", "back"], "share": 0.5},
            },
            "export": "none",
        },
        {"data": {"path": "C:\\data\\own.csv"}},
    ],
    ids=["text", "features", "small", "encoder", "path"],
)
def test_what_is_written_reads_back_equal(changes: dict[str, object], tmp_path: Path) -> None:
    pytest.importorskip("tomli_w")
    recipe = parse_recipe(MINIMAL | changes)
    assert load_recipe(write(tmp_path, recipe_toml(recipe))) == recipe


def test_without_the_writer_recipes_are_read_and_one_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tomli_w", None)
    recipe = load_recipe("tfidf-5k-goemotions")
    with pytest.raises(MissingExtra, match=r"emoscope\[linear\]"):
        recipe_toml(recipe)


def test_the_published_setups_are_there() -> None:
    assert {
        "tfidf-5k-goemotions",
        "tfidf-goemotions",
        "tfidf-emotion",
        "count-goemotions-single",
    } <= set(recipe_names())


def test_defaults_fill_what_a_recipe_leaves_out() -> None:
    recipe = parse_recipe(MINIMAL)
    assert recipe.seed == 0
    assert isinstance(recipe.model, LinearSettings)
    assert recipe.model.words is not None
    assert recipe.model.characters is None


def test_false_switches_features_off() -> None:
    recipe = parse_recipe(
        {"name": "mine", "model": {"kind": "linear", "words": False, "characters": {}}}
    )
    assert isinstance(recipe.model, LinearSettings)
    assert recipe.model.words is None
    assert recipe.model.characters is not None


@pytest.mark.parametrize(
    ("overrides", "path", "value"),
    [
        ({"seed": "7"}, ("seed",), 7),
        ({"model.strength": "2.5"}, ("model", "strength"), 2.5),
        ({"strength": "2"}, ("model", "strength"), 2.0),
        ({"class-weight": "balanced"}, ("model", "class_weight"), "balanced"),
        ({"data.text": "body"}, ("data", "text"), "body"),
        ({"model.words.ngrams": "[1, 3]"}, ("model", "words", "ngrams"), (1, 3)),
        ({"single_label": "true"}, ("data", "single_label"), True),
        ({"calibration": "none"}, ("policy", "calibration"), "none"),
        ({"thresholds": "plug_in"}, ("policy", "thresholds"), "plug_in"),
    ],
)
def test_overrides_by_path_or_last_part(
    overrides: dict[str, str], path: tuple[str, ...], value: object
) -> None:
    found: object = load_recipe("tfidf-5k-goemotions", overrides)
    for part in path:
        found = getattr(found, part)
    assert found == value


def test_a_last_part_that_is_not_clear_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"could be model\.characters\.ngrams, model\.words"):
        load_recipe("tfidf-goemotions", {"ngrams": "[1, 2]"})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tfidf-goemotons", "Did you mean 'tfidf-goemotions'"),
        ("nothing-like-it-at-all", "emoscope recipes"),
        ("no/such/file.toml", "no recipe file"),
    ],
)
def test_unknown_recipe(name: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        load_recipe(name)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"strenth": "2"}, r"no recipe key 'strenth'\. Did you mean 'model\.strength'"),
        ({"model.word.ngrams": "[1, 2]"}, r"Did you mean 'model\.words\.ngrams'"),
        ({"strength": "-1"}, r"model\.strength = -1: .*greater than 0"),
        ({"strength": "many"}, r"model\.strength = 'many'"),
        ({"classifier": "svm"}, r"model\.classifier = 'svm'"),
        ({"seed": "-3"}, r"seed = -3"),
        ({"thresholds": "plugin"}, r"'plugin'.*plug_in"),
    ],
)
def test_wrong_overrides_name_key_and_remedy(overrides: dict[str, str], said: str) -> None:
    with pytest.raises(EmoscopeError, match=said):
        load_recipe("tfidf-5k-goemotions", overrides)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "x"\nmodel = {kind = "linear"}\nsead = 1', r"unknown key 'sead'.*'seed'"),
        ('name = "x"\n[model]\nkind = "linear"\nstrenght = 1', r"'model\.strenght'.*'strength'"),
        ('name = "x"\n[model]\nkind = "liner"', "must be linear, encoder, minibert or ensemble"),
        ('name = "x"\n[model]\nstrength = 1.0', r"model\.kind must be"),
        ('name = "x"', "'model' is missing"),
        ('[model]\nkind = "linear"', "'name' is missing"),
        ('name = "a/b"\n[model]\nkind = "linear"', "name = 'a/b'"),
        ('name = "x', "not valid TOML"),
        ('name = "x"\n[model]\nkind = "linear"\nwords = false', r"\[model\.words\]"),
    ],
)
def test_wrong_files_name_key_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        load_recipe(write(tmp_path, text))


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(b'name = "\xff"')
    with pytest.raises(RecipeError, match="not UTF-8"):
        load_recipe(path)


def test_every_setting_says_what_it_is() -> None:
    def undescribed(model: type, prefix: str = "") -> list[str]:
        found = []
        for name, field in getattr(model, "model_fields", {}).items():
            if name != "kind" and not field.description:
                found.append(prefix + name)
        return found

    assert undescribed(Recipe) == []
    assert undescribed(LinearSettings) == []


TAUGHT = {"teachers": ["default"]}


@pytest.mark.parametrize(
    "model", [{"kind": "linear"}, {"kind": "ensemble", "members": ["default", "default"]}]
)
def test_only_encoders_and_miniberts_have_teachers(model: dict) -> None:
    with pytest.raises(RecipeError, match=rf"\[distillation\] is for .*'{model['kind']}'"):
        parse_recipe({"name": "x", "model": model, "distillation": TAUGHT})
    parse_recipe({"name": "x", "model": {"kind": "minibert"}, "distillation": TAUGHT})


def test_teachers_and_mixup_exclude_each_other() -> None:
    tables = {"name": "x", "model": {"kind": "minibert"}, "distillation": TAUGHT}
    with pytest.raises(RecipeError, match=r"mixup and .distillation. exclude each other") as raised:
        parse_recipe({**tables, "training": {"mixup": 0.2}})
    assert len(str(raised.value)) < 300
    parse_recipe({**tables, "training": {"r_drop": 1.0}})


def test_a_fault_of_a_whole_table_does_not_show_all_of_it() -> None:
    training = {"mixup": 0.2, "r_drop": 1.0, "learning_rate": 0.0123}
    with pytest.raises(RecipeError, match=r"^Recipe recipe: training: mixup and r_drop") as raised:
        parse_recipe({"name": "x", "model": {"kind": "minibert"}, "training": training})
    assert "0.0123" not in str(raised.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [("teachers", []), ("weight", 1.5), ("temperature", 0), ("neutral_share", -0.1), ("pool", 0)],
)
def test_wrong_settings_of_distillation(key: str, value: object) -> None:
    tables = {"name": "x", "model": {"kind": "minibert"}, "distillation": {**TAUGHT, key: value}}
    with pytest.raises(RecipeError, match=rf"distillation\.{key} = "):
        parse_recipe(tables)


def test_one_start_for_a_minibert() -> None:
    model = {"kind": "minibert", "pretrained": "a", "word_table": "b"}
    with pytest.raises(RecipeError, match="pretrained and word_table exclude each other"):
        parse_recipe({"name": "x", "model": model})


@pytest.mark.parametrize(
    ("overrides", "searched"),
    [
        ({}, {"model.strength", "model.words.ngrams", "model.words.min_texts"}),
        ({"strength": "3"}, {"model.words.ngrams", "model.words.min_texts"}),
        ({"model.words": "{ngrams = [1, 1]}"}, {"model.strength"}),
    ],
)
def test_a_key_that_is_overridden_is_not_searched(
    tmp_path: Path, overrides: dict[str, str], searched: set[str]
) -> None:
    text = (
        'name = "own"\nmodel = { kind = "linear" }\n[search]\nstrength = [1, 2]\n'
        "model.words.ngrams = [[1, 1], [1, 2]]\nmodel.words.min_texts = { low = 1, high = 3 }\n"
    )
    assert set(load_recipe(write(tmp_path, text), overrides).search) == searched


def test_a_recipe_with_other_values_has_no_space() -> None:
    recipe = parse_recipe(MINIMAL | {"search": {"strength": [1, 2]}})
    changed = with_values(recipe, {"model.strength": 2})
    assert changed.search == {}
    assert changed.model.strength == 2.0
    with pytest.raises(RecipeError, match=r"Recipe mine: model.strength = -1"):
        with_values(recipe, {"model.strength": -1})

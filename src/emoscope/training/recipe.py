"""Recipes: what to train, on what, and how to decide, in one TOML file.

A recipe has a few facts on top, and the tables ``[data]`` (``[[data]]`` for several data sets),
``[model]``, ``[training]``, ``[distillation]``, ``[policy]`` and ``[search]``. Unknown keys are
refused with the nearest known name.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emoscope.data.settings import DATA_SETS, HUB_PREFIX, DataSettings
from emoscope.decisions import PolicyOptions
from emoscope.errors import MissingExtra, RecipeError, listing, nearest
from emoscope.models.linear_settings import LinearSettings
from emoscope.training.recipe_keys import Keys, keys_of, kinds_first, put, resolve_key, value_at
from emoscope.training.search_space import (
    Selection,
    Space,
    activating,
    read_space,
    space_tables,
)
from emoscope.training.settings import (
    DistillationSettings,
    EncoderModel,
    EnsembleModel,
    MiniBertModel,
    TrainingSettings,
)

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Recipe(BaseModel):
    """One set-up, complete: the same recipe, data and seed give the same model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="Name of the run folder."
    )
    description: str = Field("", description="One sentence on what this trains and why.")
    published: str = Field("", description="What a published project reported for this set-up.")
    seed: int = Field(0, ge=0, description="Seed of everything that is drawn at random.")
    data: DataSettings = Field(
        default_factory=DataSettings,
        description="What to learn from; a list of tables, [[data]], for several data sets.",
    )
    more_data: tuple[DataSettings, ...] = Field(
        (), description="Data sets after the first, whose labels they take."
    )
    model: Annotated[
        LinearSettings | EncoderModel | MiniBertModel | EnsembleModel,
        Field(discriminator="kind"),
    ] = Field(description="What to train.")
    training: TrainingSettings = Field(
        default_factory=TrainingSettings, description="How to train; encoders only."
    )
    distillation: DistillationSettings | None = Field(
        None, description="Teachers to learn from too; encoders and MiniBERTs only."
    )
    policy: PolicyOptions = Field(
        default_factory=PolicyOptions, description="How scores become labels."
    )
    search: Space = Field(
        default_factory=dict, description="What `emoscope tune` varies, and between which bounds."
    )
    selection: Selection | None = Field(
        None, description="How a search found this recipe; `emoscope tune` writes it."
    )
    export: Literal["int8", "fp32", "none"] = Field(
        "int8", description="ONNX graphs that a trained encoder gets; int8 comes beside fp32."
    )
    int8_neurons: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Share of feed-forward neurons that the int8 graph keeps, if F1 allows it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _several_data_sets(cls, tables: Any) -> Any:
        """``[[data]]`` in a recipe: the first gives the labels, the others come to it."""
        if isinstance(tables, Mapping) and tables.get("data") == []:
            raise ValueError("data is an empty list. Name at least one data set")
        return _first_apart(tables) if isinstance(tables, Mapping) else tables

    @model_validator(mode="after")
    def _distillation_fits(self) -> Recipe:
        if self.distillation is None:
            return self
        if self.model.kind in ("linear", "ensemble"):
            raise ValueError(
                "[distillation] is for encoders and MiniBERTs, and model.kind is "
                f"{self.model.kind!r}. Leave the table out"
            )
        if self.training.mixup:
            raise ValueError(
                "mixup and [distillation] exclude each other: a mixed text has neither labels nor "
                "scores of its teachers. Set training.mixup to 0, or leave the table out"
            )
        return self

    @property
    def data_sets(self) -> tuple[DataSettings, ...]:
        """All data sets, the one that gives the labels first."""
        return self.data, *self.more_data


def recipe_names() -> list[str]:
    """Names of the recipes that come with emoscope, sorted."""
    return sorted(path.stem for path in _folder().iterdir() if path.suffix == ".toml")


def load_recipe(name_or_path: str | Path, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """Read a shipped recipe by name, or a TOML file, and replace the keys in ``overrides``.

    A key is a dotted path (``training.epochs``) or its last part where only one path ends in it
    (``epochs``); a value is Python's own, or a string as written in TOML, quotes left out at will.

    Raises :class:`RecipeError` naming the recipe, key or value and what would be right.
    """
    text, source = _read(name_or_path)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"Recipe {source} is not valid TOML: {error}.") from error
    return override(tables, overrides or {}, source)


def override(
    tables: Mapping[str, Any], overrides: Mapping[str, Any], source: str = "recipe"
) -> Recipe:
    """Build the recipe of plain tables with some keys replaced, as :func:`load_recipe` does.

    What is replaced is not searched any more.
    """
    changed = _first_apart(tables)  # keys of data are those of the first data set
    known = _keys_for(changed)
    values = {
        resolve_key(key, known): _parse_value(value) if isinstance(value, str) else value
        for key, value in overrides.items()
    }
    recipe = _with(changed, values, source)
    left = {
        path: dimension
        for path, dimension in recipe.search.items()
        if not any(f"{path}.".startswith(f"{key}.") for key in values)
    }
    return recipe if left == recipe.search else recipe.model_copy(update={"search": left})


def with_values(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """``recipe`` with other values at some full paths; raises :class:`RecipeError` as for a file.

    It has no ``[search]`` any more.
    """
    return _with(recipe.model_dump(exclude={"search"}), values, recipe.name)


def add_data_sets(recipe: Recipe, given: Sequence[str]) -> Recipe:
    """``recipe`` with more data sets: files or names of known ones, each with ``=WEIGHT`` or not.

    Raises :class:`RecipeError` for a weight that is no number, or out of range.
    """
    added: list[dict[str, Any]] = []
    for each in given:
        what, equals, weight = each.rpartition("=")
        if not equals or Path(each).exists():
            what, weight = each, "1"
        known = what in DATA_SETS or what.startswith(HUB_PREFIX)
        source: dict[str, Any] = {"name": what}
        if not known:  # a further file is likely written as the first one
            columns = recipe.data.model_dump(include={"text", "labels"}, exclude_none=True)
            source = {"name": "file", "path": what, **columns}
        added.append({**source, "weight": weight})
    tables = recipe.model_dump()
    return parse_recipe({**tables, "more_data": [*tables["more_data"], *added]}, "--add-data")


def parse_recipe(tables: Mapping[str, Any], source: str = "recipe") -> Recipe:
    """Check plain tables and build the recipe; raises :class:`RecipeError` for the first fault."""
    given = dict(tables)
    space = read_space(given.pop("search", {}), _keys_for(given), source)
    try:
        recipe = Recipe.model_validate({**given, "search": space})
    except ValidationError as error:
        raise RecipeError(f"Recipe {source}: {_explain(error, tables)}") from error
    _check_ends(recipe, source)
    return recipe


def recipe_toml(recipe: Recipe) -> str:
    """Write the resolved recipe, defaults included, as TOML that reads back equal.

    Raises :class:`MissingExtra` without the package that writes TOML.
    """
    try:
        import tomli_w  # deferred: extra linear
    except ImportError as error:
        extra = "linear" if recipe.model.kind == "linear" else "train"
        raise MissingExtra(extra, "Writing a recipe") from error
    tables = _without_nulls(recipe.model_dump(mode="json"))
    if tables["more_data"]:
        tables["data"] = [tables["data"], *tables["more_data"]]
    del tables["more_data"]
    tables["search"] = space_tables(recipe.search)
    if not recipe.search:
        del tables["search"]
    return tomli_w.dumps(tables)


def _folder() -> Path:
    packaged = Path(str(resources.files("emoscope"))) / "recipes"
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[3] / "recipes"  # an editable install


def _read(name_or_path: str | Path) -> tuple[str, str]:
    path = Path(name_or_path)
    if path.suffix != ".toml":
        shipped = _folder() / f"{name_or_path}.toml"
        if not shipped.is_file():
            names = recipe_names()
            raise RecipeError(
                f"There is no recipe {str(name_or_path)!r}. {nearest(str(name_or_path), names)}"
                "See them all with `emoscope recipes`, or give the path of a .toml file."
            )
        path = shipped
    if not path.is_file():
        raise RecipeError(f"There is no recipe file {str(path)!r}. Check the path.")
    try:
        return path.read_text(encoding="utf-8"), str(path.name)
    except UnicodeDecodeError as error:
        raise RecipeError(f"Recipe {path} is not UTF-8 (byte {error.start}).") from error


def _parse_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _first_apart(tables: Mapping[str, Any]) -> dict[str, Any]:
    """``tables`` in which a list of data sets is the first one, and more after it."""
    match tables.get("data"):
        case [first, *others]:
            return {**tables, "data": first, "more_data": [*others, *tables.get("more_data", ())]}
    return dict(tables)


def _keys_for(tables: Mapping[str, Any]) -> Keys:
    """The keys that a recipe of these tables can have."""
    kind = value_at(tables, "model.kind")
    return keys_of(Recipe, kind if kind in _KINDS else None)


def _with(tables: dict[str, Any], values: Mapping[str, Any], source: str) -> Recipe:
    for path in sorted(values, key=kinds_first):
        put(tables, path, values[path])
    return parse_recipe(tables, source)


def _check_ends(recipe: Recipe, source: str) -> None:
    """Every value that a search may try first has to be one that the recipe allows."""
    for path, dimension in recipe.search.items():
        for value in dimension.ends:
            try:
                with_values(recipe, {**activating(recipe.search, path), path: value})
            except RecipeError as error:
                raise RecipeError(f"Recipe {source}: [search] cannot try this. {error}") from error


_KINDS = ("linear", "encoder", "minibert", "ensemble")


def _explain(error: ValidationError, tables: Mapping[str, Any]) -> str:
    """Say in one sentence what the first fault is and what would be right."""
    fault = error.errors(include_url=False)[0]
    # the kind stands in the location as a step of its own: ("model", "linear", "x")
    steps = [str(step) for step in fault["loc"] if step not in _KINDS]
    key = ".".join(steps)
    if fault["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        siblings = set(Recipe.model_fields) if len(steps) == 1 else {
            path.rsplit(".", 1)[-1] for path in _keys_for(tables)
            if path.rpartition(".")[0] == key.rpartition(".")[0]
        }  # fmt: skip
        return (
            f"unknown key {key!r}. {nearest(steps[-1], siblings)}"
            f"Keys here are: {listing(sorted(siblings), 40)}."
        )
    if fault["type"] == "missing":
        return f"the key {key!r} is missing. Add it to the recipe."
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return f"{key}.kind must be linear, encoder, minibert or ensemble. Set it in the recipe."
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "value_error" and isinstance(fault["input"], Mapping):
        return f"{key or 'recipe'}: {message}. Change it in the recipe."
    return f"{key or 'recipe'} = {fault['input']!r}: {message}. Change it in the recipe."


def _without_nulls(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table as TOML can hold it, which has no null: ``false`` for features, else left out."""
    written: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            written[key] = _without_nulls(value)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            written[key] = [_without_nulls(each) for each in value]
        elif value is not None:
            written[key] = value
        elif key in ("words", "characters"):
            written[key] = False
    return written

"""A recipe's space in Optuna's words: values that a trial draws, and whole grids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import optuna

from emoscope.training.recipe import Recipe
from emoscope.training.recipe_keys import kinds_first, put, value_at
from emoscope.training.search_space import Choices, Range

Names = dict[str, Any]
"""Key -> value as the study holds it; see :attr:`Choices.names`."""


def draw(trial: optuna.Trial, recipe: Recipe) -> dict[str, Any]:
    """Key -> value for one trial; keys whose condition is not fulfilled are left out."""
    values: dict[str, Any] = {}
    for path, dimension in recipe.search.items():
        if dimension.is_active(tables_with(recipe, values)):
            values[path] = _suggest(trial, path, dimension)
    return values


def grid(recipe: Recipe) -> Iterator[Names]:
    """All combinations; the last key changes fastest.

    Optuna's own grid knows no conditions, and processes that share it may take a point twice.
    """
    dimensions = list(recipe.search.items())

    def rest(number: int, values: dict[str, Any]) -> Iterator[Names]:
        if number == len(dimensions):
            yield names_of(recipe, values)
            return
        path, dimension = dimensions[number]
        if not dimension.is_active(tables_with(recipe, values)):
            yield from rest(number + 1, values)
            return
        for value in dimension.grid:
            yield from rest(number + 1, {**values, path: value})

    return rest(0, {})


def own_values(recipe: Recipe) -> Names | None:
    """The values that the recipe has itself; None where one of them is outside the space."""
    tables = recipe.model_dump(mode="json")
    active = {path: d for path, d in recipe.search.items() if d.is_active(tables)}
    values = {path: value_at(tables, path) for path in active}
    if not all(active[path].holds(value) for path, value in values.items()):
        return None
    return names_of(recipe, values)


def values_of(recipe: Recipe, names: Mapping[str, Any]) -> dict[str, Any]:
    """Inverse of :func:`names_of`."""
    values = {}
    for path, name in names.items():
        dimension = recipe.search[path]
        if isinstance(dimension, Choices):
            values[path] = dimension.values[dimension.names.index(name)]
        else:
            values[path] = name
    return values


def names_of(recipe: Recipe, values: Mapping[str, Any]) -> Names:
    """Values as the study holds them."""
    names = {}
    for path, value in values.items():
        dimension = recipe.search[path]
        if isinstance(dimension, Choices):
            names[path] = next(
                name
                for name, each in zip(dimension.names, dimension.values, strict=True)
                if each == value
            )
        else:
            names[path] = value
    return names


def tables_with(recipe: Recipe, values: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe as plain tables, with other values."""
    tables = recipe.model_dump(mode="json")
    for path in sorted(values, key=kinds_first):
        put(tables, path, values[path])
    return tables


def _suggest(trial: optuna.Trial, path: str, dimension: Range | Choices) -> Any:
    if isinstance(dimension, Choices):
        name = trial.suggest_categorical(path, dimension.names)
        return dimension.values[dimension.names.index(name)]
    if dimension.is_whole:
        step = 1 if dimension.step is None else int(dimension.step)
        high = int(dimension.high) - (int(dimension.high) - int(dimension.low)) % step
        return trial.suggest_int(path, int(dimension.low), high, step=step, log=dimension.log)
    top = dimension.high if dimension.step is None else dimension.grid[-1]
    return trial.suggest_float(path, dimension.low, top, step=dimension.step, log=dimension.log)

"""A recipe's ``[search]`` table: which keys a search varies, between which bounds.

A key of the recipe is searched within a range, or over a list of values::

    [search]
    "model.strength" = { low = 0.01, high = 1.0, log = true }
    "model.class_weight" = ["none", "balanced"]
    "training.loss.gamma" = { low = 0.5, high = 4.0, when = { "training.loss.kind" = "focal" } }

Plain settings that check themselves, without Optuna, so that recipes are read everywhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError, model_validator

from emoscope.errors import RecipeError, listing, nearest
from emoscope.training.recipe_keys import Keys, resolve_key, value_at
from emoscope.training.settings import Settings


class Dimension(Settings):
    """One key that is searched."""

    when: Mapping[str, Any] = Field(default_factory=dict)
    """Searched only where these keys have these values; a list means any of them."""

    def is_active(self, tables: Mapping[str, Any]) -> bool:
        """Whether the recipe of these plain tables fulfils all conditions."""
        return all(
            _data(value_at(tables, path)) in _data(_any_of(wanted))
            for path, wanted in self.when.items()
        )


class Range(Dimension):
    """Numbers from ``low`` to ``high``, both included; whole ones where both are."""

    low: int | float
    """The smallest."""
    high: int | float
    """The largest."""
    log: bool = False
    """Draw evenly in logarithms: .01 to .1 as often as .1 to 1."""
    step: int | float | None = None
    """Distance between two values that are tried; any value when not given."""
    points: int = Field(default=5, ge=2, le=1000)
    """How many values ``--grid`` takes where no ``step`` says it, both ends included."""

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int)

    @property
    def ends(self) -> tuple[Any, ...]:
        """The values that are most likely to be impossible."""
        return self.low, self.high

    @property
    def grid(self) -> tuple[Any, ...]:
        """The values of a grid, ascending."""
        if self.step is not None:
            n = math.floor((self.high - self.low) / self.step + 1e-9) + 1
            return tuple(_plain(self.low + i * self.step, self.is_whole) for i in range(n))
        spaced = np.geomspace if self.log else np.linspace
        found = spaced(self.low, self.high, self.points).tolist()
        return tuple(dict.fromkeys(_plain(value, self.is_whole) for value in found))

    def holds(self, value: Any) -> bool:
        """Whether a search may try ``value``."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    @model_validator(mode="after")
    def _possible(self) -> Range:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"low = {self.low} has to be less than high = {self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"log = true takes low above 0, not {self.low}")
        if self.step is not None and self.log:
            raise ValueError("log and step exclude each other. Leave one of them out")
        if self.step is not None and not 0 < self.step <= self.high - self.low:
            raise ValueError(f"step = {self.step} does not fit between {self.low} and {self.high}")
        return self


class Choices(Dimension):
    """Some values of any kind."""

    values: tuple[Any, ...] = Field(min_length=1)
    """What is tried."""

    @property
    def names(self) -> tuple[str | int | float | bool, ...]:
        """The values as a study holds them: lists and tables as JSON."""
        return tuple(
            value if isinstance(value, str | int | float) else json.dumps(value)
            for value in self.values
        )

    @property
    def ends(self) -> tuple[Any, ...]:
        """All of them."""
        return self.values

    @property
    def grid(self) -> tuple[Any, ...]:
        """All of them."""
        return self.values

    def holds(self, value: Any) -> bool:
        """Whether a search may try ``value``."""
        return _data(value) in _data(self.values)

    @model_validator(mode="after")
    def _different(self) -> Choices:
        for number, name in enumerate(self.names):
            if name in self.names[:number]:
                raise ValueError(f"{name} stands in the list twice")
        return self


Space = Mapping[str, Range | Choices]
"""Full path of a key -> its dimension; a key stands behind those in its ``when``."""


class Selection(Settings):
    """How a search found a recipe, for whoever reads the test score that it gets."""

    study: Path
    """Folder of the search."""
    trial: int = Field(ge=0)
    """Number of the trial whose values these are."""
    trials: int = Field(ge=1)
    """Trials that were judged on validation."""
    evaluations: int = Field(ge=1)
    """How often these trials scored validation, all seeds and epochs counted."""
    metric: str
    """What the trials were compared by."""
    value: float
    """Its value on validation, which is too good: it is the best of many."""
    spread: float | None = None
    """Standard deviation between seeds of one recipe; none where it was not measured."""


_FIXED = {
    "name": "it names the run",
    "description": "nothing is learned from it",
    "published": "nothing is learned from it",
    "seed": "seeds are repeated with --seeds instead",
    "data": "all trials have to be judged on the same texts",
    "more_data": "all trials have to be judged on the same texts",
    "model.kind": "its keys would be those of another recipe; search that one by itself",
    "export": "trials make no graphs",
    "int8_neurons": "trials make no graphs",
    "policy.objective": "it says how trials are judged",
    "policy.folds": "it says how trials are judged",
    "policy.repeats": "it says how trials are judged",
    "policy.seed": "it says how trials are judged",
    "training.best_metric": "it says how trials are judged",
}
"""Keys that cannot be searched, and why."""
_RANGE_KEYS = frozenset(Range.model_fields)


def read_space(tables: Any, keys: Keys, source: str) -> dict[str, Range | Choices]:
    """The space that a ``[search]`` table describes, in an order that follows conditions.

    Keys may be given by their last part, and dotted ones with or without quotes. Raises
    :class:`RecipeError` naming the key, the value and what would be right.
    """
    space: dict[str, Range | Choices] = {}
    for given, leaf in _leaves(tables, source):
        try:
            path = resolve_key(given, keys)
            conditions = leaf.when if isinstance(leaf, Dimension) else _when(leaf)
            conditions = {resolve_key(key, keys): wanted for key, wanted in conditions.items()}
        except RecipeError as error:
            raise RecipeError(f"Recipe {source}, [search]: {error}") from None
        fixed = next((k for k in _FIXED if path == k or path.startswith(f"{k}.")), None)
        if fixed is not None:
            raise RecipeError(
                f"Recipe {source}, [search]: {path} cannot be searched: {_FIXED[fixed]}. "
                "Leave it out."
            )
        if path in space:
            raise RecipeError(f"Recipe {source}, [search]: {path} stands there twice.")
        space[path] = _dimension(leaf, conditions, keys[path], f"Recipe {source}, [search] {path}")
    return _in_order(space, source)


def activating(space: Space, path: str) -> dict[str, Any]:
    """Values of other keys with which ``path`` is searched."""
    found: dict[str, Any] = {}
    for key, wanted in space[path].when.items():
        if key in space:
            found |= activating(space, key)
        found[key] = _any_of(wanted)[0]
    return found


def space_tables(space: Space) -> dict[str, Any]:
    """The space as plain tables that read back equal."""
    return {
        path: dimension.model_dump(mode="json", exclude_defaults=True)
        for path, dimension in space.items()
    }


def _leaves(tables: Any, source: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each key of nested tables with its list, its table, or its dimension."""
    if not isinstance(tables, Mapping) or (prefix and not tables):
        where = f"[search] {prefix[:-1]}" if prefix else "[search]"
        raise RecipeError(
            f"Recipe {source}: {where} = {tables!r} is no range and no list. Write, for example, "
            '"model.strength" = { low = 0.01, high = 1.0, log = true }, or a list of values.'
        )
    for key, value in tables.items():
        is_leaf = isinstance(value, list | tuple | Dimension) or (
            isinstance(value, Mapping) and ({*_RANGE_KEYS, "values"} & value.keys())
        )
        if is_leaf:
            yield f"{prefix}{key}", value
        else:
            yield from _leaves(value, source, f"{prefix}{key}.")


def _when(leaf: Any) -> Mapping[str, Any]:
    conditions = leaf.get("when", {}) if isinstance(leaf, Mapping) else {}
    return dict(_flat(conditions)) if isinstance(conditions, Mapping) else {"when": conditions}


def _flat(tables: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _dimension(leaf: Any, conditions: Mapping[str, Any], types: Any, where: str) -> Range | Choices:
    if isinstance(leaf, Range | Choices):
        return leaf
    table = dict(leaf) if isinstance(leaf, Mapping) else {"values": leaf}
    kind = Choices if "values" in table else Range
    try:
        found = kind.model_validate({**table, "when": conditions})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        key = ".".join(map(str, fault["loc"]))
        known = sorted(kind.model_fields)
        if fault["type"] == "extra_forbidden":
            why = f"unknown key {key!r}. {nearest(key, known)}Keys here are: {listing(known)}"
        elif fault["type"] == "missing":
            why = f"{key!r} is missing. A range has low and high"
        else:
            message = fault["msg"].removeprefix("Value error, ")
            why = f"{key} = {fault['input']!r}: {message}" if key else message
        raise RecipeError(f"{where}: {why}.") from None
    return found if isinstance(found, Choices) else _of_type(found, types, where)


def _of_type(found: Range, types: Any, where: str) -> Range:
    """A range of the numbers that its key takes."""
    numbers = {"low": found.low, "high": found.high, "step": found.step}
    given = {name: value for name, value in numbers.items() if value is not None}
    if float in types:
        return found.model_copy(update={name: float(value) for name, value in given.items()})
    if int not in types:
        raise RecipeError(f"{where} takes no numbers. Give a list of values.")
    for name, value in given.items():
        if not isinstance(value, int):
            raise RecipeError(f"{where}: {name} = {value} is no whole number, which it takes.")
    return found


def _in_order(space: dict[str, Range | Choices], source: str) -> dict[str, Range | Choices]:
    """The same with each key behind those that it depends on, otherwise as written."""
    ordered: dict[str, Range | Choices] = {}
    left = dict(space)
    while left:
        ready = [p for p, d in left.items() if not any(key in left for key in d.when)]
        if not ready:
            raise RecipeError(
                f"Recipe {source}, [search]: {listing(left)} depend on each other in a circle. "
                "Take one `when` out."
            )
        ordered |= {path: left.pop(path) for path in ready}
    return ordered


def _any_of(wanted: Any) -> list[Any]:
    return list(wanted) if isinstance(wanted, list | tuple) else [wanted]


def _data(value: Any) -> Any:
    """Plain data to compare: settings hold tuples where TOML has lists."""
    return json.loads(json.dumps(value, default=str))


def _plain(value: float, whole: bool) -> int | float:
    """A number of a grid as a person would write it."""
    return round(value) if whole else float(f"{value:.6g}")

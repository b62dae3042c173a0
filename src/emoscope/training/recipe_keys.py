"""The keys of a recipe by their dotted paths: which there are, which one is meant, put a value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from emoscope.errors import RecipeError, listing, nearest

Keys = Mapping[str, Sequence[Any]]
"""Dotted path -> types that its value may have."""
_KEPT_BY_SEARCH = ("search", "selection")
"""Tables that say how a recipe is or was found: no keys to override or to search."""


@lru_cache
def keys_of(settings: type[BaseModel], kind: str | None = None) -> Keys:
    """All keys of a recipe class; of the kinds of model only ``kind``, where it is known."""
    found: dict[str, list[Any]] = {}
    for path, annotation in _walk(settings, "", kind):
        if path.split(".")[0] not in _KEPT_BY_SEARCH:  # kinds of loss share names of keys
            found.setdefault(path, []).extend(_alternatives(annotation))
    return found


def resolve_key(key: str, keys: Keys) -> str:
    """Full path of a key given by its path or last part.

    Raises :class:`RecipeError` when none or several match, naming the nearest.
    """
    key = key.replace("-", "_")
    if key in keys:
        return key
    known = sorted(keys)
    matches = [path for path in known if path.endswith("." + key)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise RecipeError(
            f"The recipe key {key!r} could be {listing(matches)}. Write the whole path."
        )
    leaves = {path.rsplit(".", 1)[-1]: path for path in known}
    guess = nearest(key, known) or nearest(key, leaves)
    raise RecipeError(
        f"There is no recipe key {key!r}. {guess}`emoscope recipes NAME` shows all its keys."
    )


def put(tables: dict[str, Any], path: str, value: Any) -> None:
    """Set the key at ``path`` in plain tables, those on the way copied first.

    Another ``kind`` begins its table anew: the keys of the former kind are none of it.
    """
    *parents, last = path.split(".")
    table = tables
    for part in parents:
        inner = table.get(part)
        if isinstance(inner, str):  # `loss = "focal"` is short for its table
            inner = {"kind": inner}
        table[part] = dict(inner) if isinstance(inner, Mapping) else {}
        table = table[part]
    if last == "kind" and table.get("kind", value) != value:
        table.clear()
    table[last] = value


def kinds_first(path: str) -> bool:
    """Sort key for several paths to :func:`put`: a new ``kind`` would forget keys put before."""
    return path.rsplit(".", 1)[-1] != "kind"


def value_at(tables: Mapping[str, Any], path: str) -> Any:
    """The value at ``path`` in plain tables; None where there is none."""
    found: Any = tables
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _alternatives(annotation: Any) -> list[Any]:
    """The members of a union, unpacked from ``Annotated``; otherwise the type itself."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        return [t for member in get_args(annotation) for t in _alternatives(member)]
    return [annotation]


def _walk(settings: Any, prefix: str, kind: str | None) -> Iterator[tuple[str, Any]]:
    """Dotted paths of all keys of a settings class and of the settings inside it."""
    for name, annotation in _annotations(settings).items():
        path = f"{prefix}{name}"
        inner = [t for t in _alternatives(annotation) if _annotations(t)]
        if path == "model" and kind is not None:  # of the kinds of model, only the one at hand
            inner = [t for t in inner if t.model_fields["kind"].default == kind]
        if not inner or path.endswith(("words", "characters", "loss")):
            yield path, annotation  # may be given whole: `words=false`, `loss=focal`
        for each in inner:
            yield from _walk(each, f"{path}.", kind)


def _annotations(settings: Any) -> dict[str, Any]:
    """Key -> annotation of a settings class; empty for any other type."""
    if isinstance(settings, type) and issubclass(settings, BaseModel):
        return {name: field.annotation for name, field in settings.model_fields.items()}
    if dataclasses.is_dataclass(settings) and isinstance(settings, type):
        return get_type_hints(settings)
    return {}

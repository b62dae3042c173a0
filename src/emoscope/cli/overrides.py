"""Options that are no options of the command but keys of a recipe."""

from __future__ import annotations

from collections.abc import Sequence

from emoscope.errors import RecipeError


def read_overrides(arguments: Sequence[str]) -> dict[str, str]:
    """Turn ``--key value``, ``--key=value`` and a bare ``--key`` (true) into recipe keys.

    Raises :class:`RecipeError` for a value without a key.
    """
    overrides: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        option = rest.pop(0)
        if not option.startswith("--"):
            raise RecipeError(f"{option!r} belongs to no option. Write recipe keys as --key value.")
        key, equals, value = option[2:].partition("=")
        if not equals:
            bare = not rest or rest[0].startswith("--")
            value = "true" if bare else rest.pop(0)
        overrides[key] = value
    return overrides

"""Options that are no options of the command but keys of a recipe."""

from __future__ import annotations

from collections.abc import Sequence

from emoscope.errors import RecipeError

# What a command needs that takes recipe keys: the parser must leave alone what it does not know.
# It would also take the value of an unknown option for the command's argument, so such a command
# declares none and reads it from here too.
CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}


def read_arguments(arguments: Sequence[str]) -> tuple[str | None, dict[str, str]]:
    """Split what the parser left into the command's one argument and recipe keys.

    ``--key value``, ``--key=value`` and a bare ``--key`` (true) are keys. The argument stands
    before or between them; after a bare key it would be that key's value.

    Raises :class:`RecipeError` for a second argument.
    """
    argument: str | None = None
    overrides: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            if argument is not None:
                raise RecipeError(
                    f"{word!r} is one argument too many after {argument!r}. Write recipe keys as "
                    "--key value, and quote values that hold spaces."
                )
            argument = word
            continue
        key, equals, value = word[2:].partition("=")
        if not equals:
            bare = not rest or rest[0].startswith("--")
            value = "true" if bare else rest.pop(0)
        overrides[key] = value
    return argument, overrides

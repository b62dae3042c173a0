"""``emoscope recipes``: what can be trained by name."""

from __future__ import annotations

from typing import Annotated

import typer


def recipes(
    name: Annotated[
        str | None, typer.Argument(help="Show this recipe whole, defaults included.")
    ] = None,
) -> None:
    """List the recipes that come with emoscope, or show one."""
    from emoscope.cli.terminal import show, show_table  # deferred: start-up
    from emoscope.training.recipe import (  # deferred: start-up
        load_recipe,
        recipe_names,
        recipe_toml,
    )

    if name is not None:
        show(recipe_toml(load_recipe(name)))
        return
    every = [load_recipe(each) for each in recipe_names()]
    show_table(
        ("recipe", "data", "what it is"),
        [(recipe.name, recipe.data.name, recipe.description) for recipe in every],
        numbers=False,
    )

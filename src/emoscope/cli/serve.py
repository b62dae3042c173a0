"""``emoscope serve``: an API and a page. Mounted with ``overrides.CONTEXT``."""

from __future__ import annotations

import os
from typing import Annotated

import typer


def serve(
    context: typer.Context,
    model: Annotated[str | None, typer.Option(help="Model folder, run folder or hub id.")] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; 0.0.0.0 is every one.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    settings: Annotated[
        bool, typer.Option("--settings", help="List all settings, then exit.")
    ] = False,
) -> None:
    """Serve a model over HTTP: an API, and a page at /.

    Every setting is an option, as [bold]--max-texts 100[/bold], and an environment variable, as
    [bold]EMOSCOPE_MAX_TEXTS[/bold]; a key is best given as [bold]EMOSCOPE_API_KEY[/bold]. Behind a
    proxy, or under a host name of your own, set [bold]--allowed-hosts emotions.example[/bold].
    """
    from emoscope.cli.overrides import read_arguments  # deferred: start-up
    from emoscope.cli.terminal import show_table, tell  # deferred: start-up
    from emoscope.errors import ServiceError  # deferred: start-up
    from emoscope.serve import ServeSettings, read_settings, run  # deferred: extra serve

    if settings:
        show_table(("variable", "default", "what it is"), ServeSettings.described(), numbers=False)
        return
    argument, others = read_arguments(context.args)
    if argument is not None:
        raise ServiceError(f"{argument!r} is no setting. Name a model with --model.")
    named = {name.replace("-", "_"): value for name, value in others.items()}
    flags = {**named, "model": model, "host": host, "port": port}
    run(read_settings(os.environ, flags), say=tell)

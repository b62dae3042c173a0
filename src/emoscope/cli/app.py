"""The table of verbs."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import emoscope
from emoscope.cli import (
    compare,
    data,
    ensemble,
    evaluate,
    explain,
    export,
    human,
    info,
    models,
    predict,
    pretrain,
    recipes,
    report,
    serve,
    train,
    trends,
)
from emoscope.cli.overrides import CONTEXT
from emoscope.cli.standard_streams import leave_quietly


class Commands(TyperGroup):
    """All commands; one whose reader leaves ends quietly, which typer would call an error."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            leave_quietly()


app = typer.Typer(
    name="emoscope",
    cls=Commands,
    help="Find emotions in text: label, train, judge, explain.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"emoscope {emoscope.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Find emotions in text: label, train, judge, explain."""


app.command("predict")(predict.predict)
app.command(
    "train", context_settings=CONTEXT, options_metavar="[RECIPE] [OPTIONS] [--KEY VALUE]..."
)(train.train)
app.command(
    "evaluate", context_settings=CONTEXT, options_metavar="MODEL [OPTIONS] [--KEY VALUE]..."
)(evaluate.evaluate)
app.command("report", context_settings=CONTEXT, options_metavar="RUN_OR_MODEL [OPTIONS]")(
    report.report
)
app.command("compare")(compare.compare)
app.command("ensemble")(ensemble.ensemble)
app.command("human")(human.human)
app.command("trends")(trends.trends)
app.command("explain")(explain.explain)
app.command("export")(export.export)
app.command("pretrain")(pretrain.pretrain)
app.command("recipes")(recipes.recipes)
app.command("info")(info.info)
app.command("models")(models.models)
app.command("serve", context_settings=CONTEXT, options_metavar="[OPTIONS]")(serve.serve)
app.add_typer(data.app, name="data")

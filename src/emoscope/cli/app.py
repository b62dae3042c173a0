"""The table of verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import emoscope
from emoscope.cli import (
    check,
    compare,
    data,
    ensemble,
    evaluate,
    explain,
    export,
    human,
    info,
    jobs,
    models,
    predict,
    pretrain,
    recipes,
    report,
    serve,
    train,
    trends,
    tune,
)
from emoscope.cli.overrides import CONTEXT
from emoscope.cli.slurm import SlurmCommand
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


def run_words(words: Sequence[str]) -> None:
    """Run a command line in this process; what is wrong is raised. Called by jobs."""
    app(args=list(words), prog_name="emoscope", standalone_mode=False)


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Find emotions in text: label, train, judge, explain."""
    context.obj = run_words


_WITH_KEYS = {
    "train": "[RECIPE] [OPTIONS] [--KEY VALUE]...",
    "tune": "RECIPE [OPTIONS] [--KEY VALUE]...",
    "evaluate": "MODEL [OPTIONS] [--KEY VALUE]...",
    "report": "RUN_OR_MODEL [OPTIONS]",
    "serve": "[OPTIONS]",
}
"""Commands that take keys of a recipe or settings as options, and how their usage is shown."""

_SUBMITTED = ("train", "tune", "pretrain", "predict")
"""Commands that can be submitted to SLURM."""

for command in (
    predict.predict, train.train, tune.tune, evaluate.evaluate, report.report, compare.compare,
    check.check, ensemble.ensemble, human.human,
    trends.trends, explain.explain, export.export, pretrain.pretrain, recipes.recipes, info.info,
    models.models, serve.serve, jobs.jobs,
):  # fmt: skip
    name = command.__name__
    app.command(
        name,
        cls=SlurmCommand if name in _SUBMITTED else None,
        context_settings=CONTEXT if name in _WITH_KEYS else None,
        options_metavar=_WITH_KEYS.get(name, "[OPTIONS]"),
    )(command)
app.add_typer(data.app, name="data")

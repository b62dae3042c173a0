"""``emoscope tune``: search the space of a recipe on validation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoscope.cli import options as opt
from emoscope.cli import slurm as cluster

if TYPE_CHECKING:
    from emoscope.evaluation.search_result import SearchResult


def tune(
    context: typer.Context,
    trials: Annotated[
        int | None,
        typer.Option(
            help="Trials in all, those of earlier sessions and other processes included; 30 "
            "without it, or the whole grid."
        ),
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(help="Begin no trial after so long: 2h, 90m, 1h30m.")
    ] = None,
    grid: Annotated[bool, typer.Option("--grid", help="Try all combinations once.")] = False,
    seeds: Annotated[
        int, typer.Option(help="Train each trial with so many seeds; their mean counts.")
    ] = 1,
    pruner: Annotated[
        str, typer.Option(help="What ends hopeless trials early: median, halving or none.")
    ] = "median",
    jobs: Annotated[int, typer.Option(help="Processes that share the trials.")] = 1,
    data: opt.DataOption = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the recipe; its search is the folder NAME-search.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Where run folders lie.")] = Path("runs"),
    report: opt.ReportOption = True,
    slurm: cluster.SlurmOption = None,
    wait: cluster.WaitOption = False,
    dry_run: cluster.DryRunOption = False,
) -> None:
    """Search a recipe's [search] table for its best values, by validation alone.

    RECIPE is a name out of [bold]emoscope recipes[/bold] or a .toml file. Any key of the recipe is
    an option too, as in [bold]emoscope train[/bold], and is not searched then. The same command
    goes on with a search that was interrupted; started several times at once, on one machine or on
    several that share the folder, all work on the same search. The winner is in best.toml, which
    [bold]emoscope train[/bold] takes. With [bold]--slurm[/bold], an array of workers shares it.
    """
    from emoscope.cli.overrides import read_arguments  # deferred: start-up
    from emoscope.cli.terminal import tell  # deferred: start-up
    from emoscope.errors import RecipeError  # deferred: start-up
    from emoscope.slurm.work import Submission, Work  # deferred: start-up
    from emoscope.training.recipe import load_recipe  # deferred: start-up
    from emoscope.tune.options import SearchOptions, parse_duration  # deferred: extra tune
    from emoscope.tune.search import check_search, search  # deferred: extra tune

    given, overrides = read_arguments(context.args)
    if given is None:
        raise RecipeError("No recipe was named. Give a name out of `emoscope recipes`, or a file.")
    if name is not None:
        overrides["name"] = name
    recipe = load_recipe(given, overrides)
    options = SearchOptions(
        trials=trials,
        timeout=None if timeout is None else parse_duration(timeout),
        grid=grid,
        seeds=seeds,
        pruner=pruner,  # type: ignore[arg-type]  # checked there
        jobs=jobs,
    )
    if cluster.is_submitted(slurm, wait=wait, dry_run=dry_run):
        check_search(recipe, runs)
        words = cluster.words_of(context)  # the same again goes on
        work = Work(words, words, runs / f"{recipe.name}-search", replaces=True)
        file = given if given.endswith(".toml") else None
        submission = Submission(f"{recipe.name}-search", (work,), shared=True, recipe=file)
        cluster.submit(context, slurm, submission, wait=wait, dry_run=dry_run)
        return
    result = search(recipe, options, data=data, runs=runs, progress=sys.stderr.isatty(), say=tell)
    show_search(result, runs / f"{recipe.name}-search", report=report)


def show_search(result: SearchResult, folder: Path, *, report: bool) -> None:
    """Print the best trials, what may be chance, and where everything lies."""
    from emoscope.cli.results import write_page  # deferred: start-up
    from emoscope.cli.terminal import show, show_table  # deferred: start-up
    from emoscope.report.search import FIGURES, best_table, summarise  # deferred: start-up
    from emoscope.report.tables import shown  # deferred: start-up

    table = best_table(result)
    first, keys = table.columns[:FIGURES], table.columns[FIGURES:]
    rows = []
    for row in table.rows:
        cells = [shown(cell) for cell in row]
        pairs = zip(keys, cells[FIGURES:], strict=True)
        rows.append(
            [*cells[:FIGURES], ", ".join(f"{key} {cell}" for key, cell in pairs if cell != "–")]
        )
    show_table((*first, "values"), rows, numbers=False)
    for sentence in summarise(result):
        show(sentence)

    def write() -> Path:
        from emoscope.report.search_page import write_search_report  # deferred: extra report

        return write_search_report(result, folder)

    show(f"trials     {folder / 'trials.csv'}")
    if report:
        write_page(write, show)
    show(f"winner     {folder / 'best.toml'}")
    show(f"train it   emoscope train {folder / 'best.toml'}")

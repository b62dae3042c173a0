"""``emoscope train``: from a recipe to a run folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoscope.cli import options as opt
from emoscope.cli import slurm as cluster

if TYPE_CHECKING:
    from emoscope.training.recipe import Recipe
    from emoscope.training.train import Run


def train(
    context: typer.Context,
    data: opt.DataOption = None,
    add_data: Annotated[
        list[str] | None,
        typer.Option(
            help="Labelled file, or name of a data set, to learn from too; FILE=2 lets each of its "
            "texts come twice an epoch. Repeatable."
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Run or model folder to start from, in place of a bare encoder; without a recipe, "
            "with its own.",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the run folder.")] = None,
    runs: Annotated[Path, typer.Option(help="Where run folders lie.")] = Path("runs"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished run.")] = False,
    overwrite: opt.OverwriteOption = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Show data, model size, steps, memory, or the script for --slurm; then leave.",
        ),
    ] = False,
    report: opt.ReportOption = True,
    slurm: cluster.SlurmOption = None,
    wait: cluster.WaitOption = False,
) -> None:
    """Train a classifier, tune its policy on validation, score test once, save it all.

    RECIPE is a name out of [bold]emoscope recipes[/bold] or a .toml file; without one, a linear
    model learns from the file given with --data. Any key of the recipe is an option too, by its
    path or, where that is clear, by its last part: [bold]--model.strength 2[/bold],
    [bold]--seed 1[/bold], [bold]--text body --labels tags[/bold].
    """
    from emoscope.cli.overrides import read_arguments  # deferred: start-up
    from emoscope.cli.terminal import tell  # deferred: start-up
    from emoscope.slurm.work import Submission, Work  # deferred: start-up
    from emoscope.training.own_data import resolve_recipe  # deferred: start-up
    from emoscope.training.run_folder import check_place  # deferred: start-up
    from emoscope.training.train import train as train_run  # deferred: start-up

    recipe, overrides = read_arguments(context.args)
    resolved = resolve_recipe(
        recipe, overrides, data=data, start=start, name=name, add_data=add_data or ()
    )
    if cluster.is_submitted(slurm, wait=wait):
        final = runs / resolved.name
        check_place(final, resume=resume, overwrite=overwrite)
        work = Work.resumed(cluster.words_of(context), final, replaces=overwrite)
        recipe_file = recipe if recipe and recipe.endswith(".toml") else None
        submission = Submission(resolved.name, (work,), trains=True, recipe=recipe_file)
        cluster.submit(context, slurm, submission, wait=wait, dry_run=dry_run)
        return
    if dry_run:
        show_plan(resolved, data)
        return
    run = train_run(
        resolved,
        data=data,
        runs=runs,
        resume=resume,
        overwrite=overwrite,
        progress=sys.stderr.isatty(),
        say=tell,
    )
    if run is not None:
        show_run(run)
        if report:
            write_run_report(run)


def show_plan(recipe: Recipe, data: Path | None) -> None:
    """Print what training would do, without doing it."""
    from emoscope.cli.terminal import show_table, tell  # deferred: start-up
    from emoscope.data.mixture import load_mixture  # deferred: start-up
    from emoscope.training.plan import plan  # deferred: start-up

    examples = load_mixture(recipe.data_sets, data)
    for note in examples.notes:
        tell(note)
    show_table(("plan", "value"), plan(recipe, examples).lines(), numbers=False)


def write_run_report(run: Run) -> None:
    """Write the report of a finished run and say where it lies, or why there is none."""
    from emoscope.cli.results import write_page  # deferred: start-up
    from emoscope.cli.terminal import show  # deferred: start-up

    def write() -> Path:
        from emoscope.report.write import write_report  # deferred: extra report

        return write_report(run.folder, run.examples)

    write_page(write, show)


def show_run(run: Run) -> None:
    """Print the short table of a finished run and where everything lies."""
    from emoscope.cli.results import show_evaluation, show_files  # deferred: start-up
    from emoscope.cli.terminal import show  # deferred: start-up
    from emoscope.metrics.selection import selection_sentence  # deferred: start-up

    show_evaluation(run.test or run.validation, title=run.recipe.name)
    for data_set, evaluation in run.more_tests.items():
        show_evaluation(evaluation, title=f"{run.recipe.name} on {data_set}")
    if run.recipe.selection is not None:
        show(selection_sentence(run.recipe.selection.model_dump()))
    policy = run.classifier.policy
    show(
        f"policy     {policy.calibration.kind} calibration, {policy.method} thresholds, "
        f"nothing passes: {policy.fallback}"
    )
    show(f"model      {run.model_folder}")
    show_files(run.folder)
    show(f'try        emoscope predict --model {run.folder} "thank you so much!"')

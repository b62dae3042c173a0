"""``emoscope ensemble``: several trained models as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emoscope.cli import options as opt


def ensemble(
    members: Annotated[
        list[str], typer.Argument(help="Runs, model folders or names of models that ship.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Run folder to write; its name is the run's.")
    ],
    weights: Annotated[
        str,
        typer.Option(help="equal, or validation: weights of the lowest log loss on validation."),
    ] = "equal",
    data: Annotated[
        Path | None,
        typer.Option(help="Data file, or folder that holds the data set of the first member."),
    ] = None,
    overwrite: opt.OverwriteOption = False,
    report: opt.ReportOption = True,
) -> None:
    """Average the calibrated scores of models with the same labels, and judge the result.

    The policy is fitted on validation of the data that the first member was trained on, and test
    is scored once. The run can be loaded, compared, reported and served as any other.
    """
    from emoscope.cli.terminal import tell  # deferred: start-up
    from emoscope.cli.train import show_run, write_run_report  # deferred: start-up
    from emoscope.training.fit_ensemble import ensemble_recipe  # deferred: start-up
    from emoscope.training.train import train  # deferred: start-up

    recipe = ensemble_recipe(output.name, members, weights)
    run = train(recipe, data=data, runs=output.parent, overwrite=overwrite, say=tell)
    if run is not None:
        show_run(run)
        if report:
            write_run_report(run)

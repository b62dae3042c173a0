"""``emoscope report``: figures, tables and error analysis of a run or a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emoscope.cli import options as opt
from emoscope.scorers.runtime_options import runtime_options


def report(
    context: typer.Context,
    data: opt.DataOption = None,
    split: Annotated[str, typer.Option(help="Split to report on.")] = "test",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report.html and report/; without it the run folder."),
    ] = None,
    raw: Annotated[
        list[Path] | None,
        typer.Option(help="File with single raters' ratings, to add annotator agreement."),
    ] = None,
    device: opt.DeviceOption = None,
    threads: opt.ThreadsOption = None,
    graph: opt.GraphOption = None,
) -> None:
    """Write report.html with every figure and table of a run or a model.

    RUN_OR_MODEL is a run folder, reported by its saved scores, or a model folder or hub id, which
    is evaluated now; how to read other data is an option then, as in `train`:
    [bold]--text body --labels tags[/bold].
    """
    from emoscope.cli.overrides import read_arguments  # deferred: start-up
    from emoscope.cli.terminal import show, tell  # deferred: start-up
    from emoscope.errors import ModelFolderError  # deferred: start-up
    from emoscope.evaluation import annotator_agreement  # deferred: start-up
    from emoscope.report.write import write_report  # deferred: extra report

    model, settings = read_arguments(context.args)
    if model is None:
        raise ModelFolderError("No run was named. Give a run folder, a model folder or a hub id.")
    human = None
    if raw:
        released = annotator_agreement.released_labels(data)
        human = annotator_agreement.read_human_reference(raw, released)
    page = write_report(
        model,
        out=out,
        data=data,
        settings=settings,
        split=split,
        human=human,
        say=tell,
        runtime=runtime_options(device, threads, graph),
    )
    show(f"report     {page}")
    show(f"figures    {page.parent / 'report'}")

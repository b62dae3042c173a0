"""``emoscope evaluate``: judge a model on labelled data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from emoscope.cli import options as opt
from emoscope.errors import ModelFolderError


def evaluate(
    context: typer.Context,
    data: opt.DataOption = None,
    split: Annotated[str, typer.Option(help="Split to judge on.")] = "test",
    out: Annotated[
        Path | None, typer.Option(help="Folder for metrics.json and per_label.csv.")
    ] = None,
    as_json: opt.JsonOption = False,
    device: opt.DeviceOption = None,
    threads: opt.ThreadsOption = None,
    graph: opt.GraphOption = None,
) -> None:
    """Judge a model on the data it was trained for, or on other labelled data.

    MODEL is a model folder, a run folder or a hub id. How to read the data is an option too, as in
    `train`: [bold]--text body --labels tags[/bold].
    """
    from emoscope.cli.overrides import read_arguments  # deferred: start-up
    from emoscope.cli.results import show_evaluation, show_files, write_page  # deferred: start-up
    from emoscope.cli.terminal import plain_json, show, tell  # deferred: start-up
    from emoscope.data.examples import split_name  # deferred: start-up
    from emoscope.evaluation.judge import (  # deferred: start-up
        evaluation_files,
        examples_for,
        judge,
    )
    from emoscope.io.output_folder import check_outputs  # deferred: start-up

    model, settings = read_arguments(context.args)
    if model is None:
        raise ModelFolderError("No model was named. Give a model folder, a run folder or a hub id.")
    if out is not None:  # before the work
        check_outputs(out, (*evaluation_files(split_name(split)), "report.html", "report"))
    classifier = opt.open_model(model, device, threads, graph)
    examples = examples_for(classifier, data=data, settings=settings, say=tell)
    evaluation = judge(classifier, examples, split)
    if out is not None:
        folder = out
        evaluation.save(folder)

        def write() -> Path:
            from emoscope.evaluation.evaluated_model import from_evaluation  # deferred: start-up
            from emoscope.report.write import report_on  # deferred: extra report

            return report_on(from_evaluation(classifier, evaluation, examples, name=model), folder)

        write_page(write, tell)
    if as_json:
        show(plain_json(evaluation.to_json()))
        return
    show_evaluation(evaluation, title=model)
    if out is not None:
        show_files(out)

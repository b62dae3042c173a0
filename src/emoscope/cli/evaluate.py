"""``emoscope evaluate``: judge a model on labelled data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoscope.cli import options as opt
from emoscope.errors import MissingExtra, ModelFolderError

if TYPE_CHECKING:
    from emoscope.data.examples import Examples
    from emoscope.evaluation.judge import Evaluation
    from emoscope.inference.classifier import EmotionClassifier


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
    import json  # deferred: start-up

    from emoscope.cli.overrides import read_arguments  # deferred: start-up
    from emoscope.cli.results import show_evaluation  # deferred: start-up
    from emoscope.cli.terminal import show, tell  # deferred: start-up
    from emoscope.evaluation.judge import examples_for, judge  # deferred: start-up

    model, settings = read_arguments(context.args)
    if model is None:
        raise ModelFolderError("No model was named. Give a model folder, a run folder or a hub id.")
    classifier = opt.open_model(model, device, threads, graph)
    examples = examples_for(classifier, data=data, settings=settings, say=tell)
    evaluation = judge(classifier, examples, split)
    if out is not None:
        evaluation.save(out)
        write_evaluation_report(classifier, evaluation, examples, model, out)
    if as_json:
        show(json.dumps(evaluation.to_json(), ensure_ascii=False))
        return
    show_evaluation(evaluation, title=model)
    if out is not None:
        show(f"metrics    {out / 'metrics.json'}")
        show(f"per label  {out / 'per_label.csv'}")


def write_evaluation_report(
    classifier: EmotionClassifier,
    evaluation: Evaluation,
    examples: Examples,
    name: str,
    out: Path,
) -> None:
    """Write the report of an evaluation, or say what would have to be installed for one."""
    from emoscope.cli.terminal import tell  # deferred: start-up

    try:
        from emoscope.evaluation.evaluated_model import from_evaluation  # deferred: start-up
        from emoscope.report.write import report_on  # deferred: extra report

        page = report_on(from_evaluation(classifier, evaluation, examples, name=name), out)
    except MissingExtra as missing:
        tell(f"no report: {missing}")
    else:
        tell(f"report     {page}")

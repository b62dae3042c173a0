"""``emoscope evaluate``: judge a model on labelled data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option(help="Data file, or folder that holds the data set.")
    ] = None,
    split: Annotated[str, typer.Option(help="Split to judge on.")] = "test",
    out: Annotated[
        Path | None, typer.Option(help="Folder for metrics.json and per_label.csv.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print metrics.json instead.")] = False,
) -> None:
    """Judge a model on the data it was trained for, or on other labelled data.

    MODEL is a model folder, a run folder or a hub id. How to read the data is an option too, as in
    `train`: [bold]--text body --labels tags[/bold].
    """
    import json

    from emoscope.cli.overrides import read_arguments
    from emoscope.cli.results import show_evaluation
    from emoscope.cli.terminal import show, tell
    from emoscope.errors import ModelFolderError
    from emoscope.evaluation import evaluate_model

    model, settings = read_arguments(context.args)
    if model is None:
        raise ModelFolderError("No model was named. Give a model folder, a run folder or a hub id.")
    evaluation = evaluate_model(model, data=data, split=split, settings=settings, say=tell)
    if out is not None:
        evaluation.save(out)
    if as_json:
        show(json.dumps(evaluation.to_json(), ensure_ascii=False))
        return
    show_evaluation(evaluation, title=model)
    if out is not None:
        show(f"metrics    {out / 'metrics.json'}")
        show(f"per label  {out / 'per_label.csv'}")

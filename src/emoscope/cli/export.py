"""``emoscope export``: write a trained encoder as ONNX graphs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoscope.cli import options as opt
from emoscope.scorers.runtime_options import runtime_options

if TYPE_CHECKING:
    from emoscope.data.examples import Examples
    from emoscope.export.report import ExportReport


def export(
    folder: Annotated[Path, typer.Argument(help="Model folder or run folder.")],
    data: Annotated[
        Path | None, typer.Option(help="Data file or folder, for its validation texts.")
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8/--no-int8", help="Write the quantised graph too.")
    ] = True,
    neurons: Annotated[
        float | None,
        typer.Option(
            min=0.05,
            max=1.0,
            help="Share of feed-forward neurons that the int8 graph keeps, if F1 allows it. "
            "[default: as the model's recipe says, else 1]",
            show_default=False,
        ),
    ] = None,
    pack: Annotated[
        Path | None,
        typer.Option(help="Copy what inference needs to this new folder; graphs made before stay."),
    ] = None,
    device: opt.DeviceOption = None,
    threads: opt.ThreadsOption = None,
) -> None:
    """Write ONNX graphs into a model folder, compare them with the model, refit the policy.

    The int8 graph is kept when validation macro-F1 stays within 0.005. Without the data that the
    model was trained for, texts of the package are compared instead and the policy stays.
    The model is scored on --device, its graphs on the processor.
    --neurons leaves feed-forward neurons out that the others can stand in for.
    """
    from emoscope.cli.terminal import narrator, show  # deferred: start-up
    from emoscope.export import pack_model, schemes_with  # deferred: extra train
    from emoscope.loading.find_model import find_model_folder  # deferred: start-up
    from emoscope.model_folder.file_names import INT8_GRAPH  # deferred: start-up
    from emoscope.training.finalize import export_again  # deferred: start-up

    model = find_model_folder(folder)
    if pack is None or not (model / INT8_GRAPH).is_file():
        report = export_again(
            model,
            validation=validation_of(model, data),
            schemes=schemes_with(recipe_neurons(model) if neurons is None else neurons)
            if int8
            else (),
            runtime=runtime_options(device, threads, None),
            say=narrator(),
        )
        show_export(report, model)
    if pack is not None:
        pack_model(model, pack)
        show(f"packed     {pack}")


def recipe_neurons(folder: Path) -> float:
    """The share of neurons that the recipe of a trained model keeps."""
    from emoscope.model_folder.manifest import read_manifest  # deferred: start-up

    recipe = read_manifest(folder).provenance.get("recipe", {})
    return float(recipe.get("int8_neurons", 1.0))


def validation_of(folder: Path, data: Path | None) -> Examples | None:
    """Return the validation split of ``data``, or of the data that the model was trained for.

    None, with a line that says so, where that data is not here.
    """
    from emoscope.cli.terminal import tell  # deferred: start-up
    from emoscope.data.mixture import load_mixture  # deferred: start-up
    from emoscope.data.settings import data_settings  # deferred: start-up
    from emoscope.errors import DataNotFound  # deferred: start-up
    from emoscope.evaluation.judge import examples_for  # deferred: start-up
    from emoscope.loading.load_model import load  # deferred: start-up
    from emoscope.model_folder.manifest import read_manifest  # deferred: start-up

    recipe = read_manifest(folder).provenance.get("recipe", {})
    try:
        if recipe.get("more_data") and (data is None or data.is_dir()):
            sets = [data_settings(table) for table in (recipe["data"], *recipe["more_data"])]
            return load_mixture(sets, data, trainable=False).split("validation")
        return examples_for(load(folder), data=data, say=tell).split("validation")
    except DataNotFound as error:
        if data is not None:
            raise
        tell(f"The graphs are compared on the package's own texts: {error}")
        return None


def show_export(report: ExportReport, folder: Path) -> None:
    """Print what was written and how far it is from the model."""
    from emoscope.cli.terminal import show, show_table  # deferred: start-up

    def row(name: str, size: int, greatest: float, f1: float | None) -> tuple[str, ...]:
        return name, f"{size / 1e6:.1f} MB", f"{greatest:.2g}", "" if f1 is None else f"{f1:.4f}"

    rows = [row("fp32", report.fp32_bytes, report.fp32.greatest, report.fp32_macro_f1)]
    for attempt in report.attempts:
        name = f"int8 {attempt.scheme}" + ("" if attempt.accepted else " (refused)")
        rows.append(row(name, attempt.bytes, attempt.difference.greatest, attempt.macro_f1))
    columns = ("graph", "size", "greatest difference", "validation macro-F1")
    show_table(columns, rows, title=f"{report.n_texts} texts compared")
    show(f"model      {folder}")

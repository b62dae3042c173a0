"""Options that several commands share; the choices are those of the code that takes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emoscope.io.formats import Format
from emoscope.io.read_options import Quoting
from emoscope.scorers.runtime_options import Device, GraphChoice, runtime_options

if TYPE_CHECKING:
    from emoscope.inference.classifier import EmotionClassifier

_MODEL = (
    "Name of a model that ships, model folder, run folder or hub id; without one, the default "
    "model."
)
ModelOption = Annotated[str, typer.Option("--model", help=_MODEL)]
ModelArgument = Annotated[str, typer.Argument(help=_MODEL)]
DeviceOption = Annotated[
    Device | None,
    typer.Option(
        "--device", help="auto: CUDA where it works, else the processor. Or EMOSCOPE_DEVICE."
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option(
        "--threads",
        help="Processor threads; by default as many as the process may use. Or EMOSCOPE_THREADS.",
    ),
]
GraphOption = Annotated[
    GraphChoice | None,
    typer.Option("--graph", help="auto: int8 on the processor, fp32 on CUDA. Or EMOSCOPE_GRAPH."),
]
SourceOption = Annotated[
    Format | None,
    typer.Option("--from", help="Files: what they hold; needed for tables from a pipe."),
]
DelimiterOption = Annotated[
    str | None, typer.Option(help="CSV: what separates fields; found in the file if not given.")
]
QuotingOption = Annotated[
    Quoting | None, typer.Option(help="CSV: how fields are quoted; found in the file if not given.")
]
HeaderOption = Annotated[
    bool | None,
    typer.Option(help="CSV: whether the first row names the columns; found if not given."),
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace what exists.")]
EscapeOption = Annotated[
    bool,
    typer.Option(
        "--escape-formulas",
        help="CSV and TSV: put an apostrophe before cells that a spreadsheet would execute (those "
        "that begin with =, +, -, @, tab or carriage return).",
    ),
]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="Data file, or folder that holds the data set.")
]
ReportOption = Annotated[
    bool, typer.Option(help="Write report.html when the report extra is installed.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


def unescaped(delimiter: str | None) -> str | None:
    """A delimiter as typed; ``tab`` and a backslash with a t are a tab."""
    return "\t" if delimiter in ("\\t", "tab") else delimiter


def open_model(
    model: str, device: Device | None, threads: int | None, graph: GraphChoice | None
) -> EmotionClassifier:
    """Open ``model``, the default one for an empty name, with the runtime options given."""
    from emoscope.loading import load_model  # deferred: start-up

    return load_model.load_with(model, runtime_options(device, threads, graph))

"""The runtime options, the same on every command that scores texts."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from emoscope.inference.classifier import EmotionClassifier
    from emoscope.scorers.runtime_options import RuntimeOptions


class DeviceName(str, Enum):
    """Where a model runs."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class GraphName(str, Enum):
    """Which graph of a model runs."""

    auto = "auto"
    int8 = "int8"
    fp32 = "fp32"


DeviceOption = Annotated[
    DeviceName | None,
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
    GraphName | None,
    typer.Option("--graph", help="auto: int8 on the processor, fp32 on CUDA. Or EMOSCOPE_GRAPH."),
]


def open_model(
    model: str, device: DeviceName | None, threads: int | None, graph: GraphName | None
) -> EmotionClassifier:
    """Open ``model``, the one that ships for an empty name, with the options given."""
    from emoscope.loading import load_model  # deferred: start-up

    return load_model.load_with(model, read_options(device, threads, graph))


def read_options(
    device: DeviceName | None, threads: int | None, graph: GraphName | None
) -> RuntimeOptions:
    """The options given, and those of the environment for the others."""
    from emoscope.scorers.runtime_options import runtime_options  # deferred: start-up

    return runtime_options(
        None if device is None else device.value, threads, None if graph is None else graph.value
    )

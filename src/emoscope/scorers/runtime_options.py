"""How a model is run: device, threads, which of its graphs; from arguments or the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from emoscope.errors import DeviceError, listing, nearest
from emoscope.scorers.usable_cores import usable_cores

Device = Literal["auto", "cpu", "cuda"]
GraphChoice = Literal["auto", "int8", "fp32"]

_PREFIX = "EMOSCOPE_"
_MOST_THREADS = 4096


@dataclass(frozen=True)
class RuntimeOptions:
    """Settings of a scorer; the defaults suit most. Raises :class:`DeviceError` for others."""

    device: Device = "auto"
    """``auto``: CUDA where it works, else the processor, without a warning. ``cuda``: CUDA, or a
    :class:`DeviceError`. ``cpu``: the processor."""
    threads: int | None = None
    """Processor threads; None: as many as this process may use (see :func:`usable_cores`)."""
    graph: GraphChoice = "auto"
    """``auto``: int8 on the processor where the folder has it, fp32 on an accelerator."""

    def __post_init__(self) -> None:
        """Refuse values outside the ranges above."""
        for name, value, allowed in (
            ("device", self.device, get_args(Device)),
            ("graph", self.graph, get_args(GraphChoice)),
        ):
            if value not in allowed:
                raise DeviceError(
                    f"There is no {name} {value!r}. {nearest(str(value), allowed)}"
                    f"Choose one of: {listing(allowed)}."
                )
        threads = self.threads
        if threads is None:
            return
        if type(threads) is not int or not 1 <= threads <= _MOST_THREADS:
            raise DeviceError(
                f"threads = {threads!r} is impossible; give a whole number from 1 to "
                f"{_MOST_THREADS:,}."
            )

    @property
    def worker_threads(self) -> int:
        """The number of threads to use."""
        return self.threads or usable_cores()


def runtime_options(
    device: Device | None = None,
    threads: int | None = None,
    graph: GraphChoice | None = None,
    environment: Mapping[str, str] = os.environ,
) -> RuntimeOptions:
    """Options from the arguments given, else from EMOSCOPE_DEVICE, _THREADS and _GRAPH.

    An empty variable counts as not set. Raises :class:`DeviceError` for an impossible value, and
    names the variable that it came from.
    """
    given = {"device": device, "threads": threads, "graph": graph}
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    for name in given.keys() - values.keys():
        variable = _PREFIX + name.upper()
        text = environment.get(variable, "").strip()
        if text:
            values[name] = _number(variable, text) if name == "threads" else text.lower()
            _check(variable, name, values[name])
    return RuntimeOptions(**values)


def _number(variable: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise DeviceError(
            f"The environment variable {variable} is {text!r}. Give a whole number of 1 or more, "
            "or remove it."
        )
    return int(text[:9])


def _check(variable: str, name: str, value: Any) -> None:
    try:
        RuntimeOptions(**{name: value})
    except DeviceError as error:
        raise DeviceError(f"The environment variable {variable}: {error}") from None

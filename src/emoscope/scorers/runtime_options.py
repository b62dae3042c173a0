"""How an ONNX model is run: threads, execution provider, which of its graphs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, get_args

from emoscope.errors import DeviceError, listing, nearest

Provider = Literal["auto", "cpu", "cuda"]
GraphChoice = Literal["auto", "int8", "fp32"]


@dataclass(frozen=True)
class RuntimeOptions:
    """Settings of :class:`emoscope.scorers.onnx.OnnxScorer`; the defaults suit most."""

    threads: int | None = None
    """Processor threads; None: as many as this process may use."""
    provider: Provider = "auto"
    """``auto``: CUDA where it works, else the processor. ``cuda``: the same, with a warning when
    the processor has to do."""
    required: bool = False
    """Whether to fail rather than fall back from ``provider``."""
    graph: GraphChoice = "auto"
    """``auto``: int8 on the processor where the folder has it, fp32 on an accelerator."""
    batch_tokens: int | None = None
    """Most tokens in a batch, padding included; None: what measured best."""

    def __post_init__(self) -> None:
        """Refuse values that cannot be."""
        for name, value, allowed in (
            ("provider", self.provider, get_args(Provider)),
            ("graph", self.graph, get_args(GraphChoice)),
        ):
            if value not in allowed:
                raise DeviceError(
                    f"There is no {name} {value!r}. {nearest(value, allowed)}"
                    f"Choose one of: {listing(allowed)}."
                )
        for name, number in (("threads", self.threads), ("batch_tokens", self.batch_tokens)):
            if number is not None and number < 1:
                raise DeviceError(f"{name} = {number} is impossible; give 1 or more.")

    @property
    def worker_threads(self) -> int:
        """The number of threads to use."""
        return self.threads or usable_cores()


def usable_cores() -> int:
    """Processor cores that this process may run on, which may be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1

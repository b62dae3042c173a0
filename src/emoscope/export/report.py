"""What an export did, as plain data for the run, the card and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from emoscope.export.parity import Difference


@dataclass(frozen=True)
class Attempt:
    """One quantised graph that was tried."""

    scheme: str
    difference: Difference
    """From the fp32 graph."""
    macro_f1: float | None
    """On validation with a policy refitted on these scores, cross-validated where the policy was
    chosen so; None without labels."""
    bytes: int
    accepted: bool


@dataclass(frozen=True)
class ExportReport:
    """What an export did."""

    n_texts: int
    """Texts that graphs and model were compared on."""
    fp32: Difference
    """From torch."""
    fp32_bytes: int
    fp32_macro_f1: float | None
    """The same of the fp32 graph."""
    attempts: tuple[Attempt, ...] = ()
    operators: Mapping[str, int] = field(default_factory=dict)
    """How often each operator occurs in the graph that is used."""
    seconds: float = 0.0

    @property
    def int8(self) -> Attempt | None:
        """The int8 graph that was kept; None when none was asked for."""
        return next((attempt for attempt in self.attempts if attempt.accepted), None)

    def to_json(self) -> dict[str, Any]:
        """Plain data, for the manifest's provenance."""
        return asdict(self)

"""Progress of a labelling job, and its summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    rows: int
    """Rows done, those of an interrupted job included."""
    share: float | None
    """Share of the input that is done, in [0, 1]; None where it is unknown, as in a pipe."""
    stage: str
    """``checking`` the inputs, ``labelling``, or ``finishing`` the output."""


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Summary:
    """What a job did."""

    rows: int
    unread: int
    """Rows without a prediction; the column :attr:`error_column` says why."""
    examples: tuple[str, ...]
    """The first of them: file, line and reason."""
    labels: Mapping[str, int]
    """Label -> number of rows that have it, most frequent first."""
    text_notes: Mapping[str, int]
    """Note, such as ``low_coverage``, -> number of rows that have it, most frequent first."""
    text_column: str
    added: tuple[str, ...]
    """Names of the added columns."""
    error_column: str
    """The one of them that says why a row has no prediction."""
    output: Path | None
    """None for standard output."""
    resumed: int
    """Rows that an interrupted job had done already."""
    seconds: float
    """Of this process, from the first row to the finished output."""
    notes: tuple[str, ...] = ()
    """What a user should know about the inputs."""

    @property
    def rows_per_second(self) -> float:
        """Speed of this process; 0 when it had nothing to do."""
        done = self.rows - self.resumed
        return done / self.seconds if done and self.seconds > 0 else 0.0

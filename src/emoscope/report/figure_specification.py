"""One figure of a report, ready to be drawn, or the reason why it is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class FigureSpecification:
    """A figure with its title and a sentence that says what it shows."""

    name: str
    """Stem of its files."""
    title: str
    description: str
    draw: Callable[[], Figure]


@dataclass(frozen=True)
class MissingFigure:
    """Something that this report cannot show, and why."""

    name: str
    title: str
    reason: str

"""One figure of a report: how it is drawn, or the reason why it is missing, and what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class FigureSpecification:
    """A figure with its title and a sentence that says what it shows."""

    name: str
    """Stem of its files."""
    title: str
    description: str = ""
    draw: Callable[[], Figure] = Figure
    reason: str = ""
    """Why this report cannot show it, if it cannot."""
    svg: str = ""
    """The SVG file in base64, once it is drawn."""

"""From a figure's specification to its files, and to what a page embeds."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

from emoscope.report.figures.specification import FigureSpecification
from emoscope.report.style import save_figure


def render_figure(figure: FigureSpecification, folder: Path) -> FigureSpecification:
    """Draw and save ``figure`` into ``folder``; of a missing one no former files are left."""
    if figure.reason:
        for ending in ("png", "svg"):  # an earlier report may have had it
            (folder / f"{figure.name}.{ending}").unlink(missing_ok=True)
        return figure
    _, svg = save_figure(figure.draw(), folder, figure.name)
    return replace(figure, svg=base64.b64encode(svg.read_bytes()).decode("ascii"))

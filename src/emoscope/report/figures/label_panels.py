"""A grid of small panels, one a label, that share their axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from emoscope.report.style import WIDTH, short

COLUMNS = 5


def label_panels(names: Sequence[str], x_name: str, y_name: str) -> tuple[Figure, list[Any]]:
    """A figure with one titled panel a name, axes 0 to 1; returns it with the panels."""
    columns = min(COLUMNS, len(names))
    rows = -(-len(names) // columns)
    height = 1.0 + 1.55 * rows
    figure = Figure(figsize=(WIDTH, height))
    # Set by hand: a self-arranging layout of 28 panels takes longer than all of the drawing.
    figure.subplots_adjust(
        left=0.075,
        right=0.985,
        bottom=0.62 / height,
        top=1 - 0.62 / height,
        wspace=0.14,
        hspace=0.42,
    )
    panels = []
    for i, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, i + 1)
        axes.set_title(short(name, 16), fontsize=12, fontweight="normal", pad=3)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        last_row = i + columns >= len(names)
        axes.set_xticks([0, 0.5, 1], ["0", ".5", "1"] if last_row else [])
        axes.set_yticks([0, 0.5, 1], ["0", ".5", "1"] if i % columns == 0 else [])
        axes.tick_params(labelsize=11, length=2)
        panels.append(axes)
    figure.supxlabel(x_name, fontsize=13, y=0.08 / height)
    figure.supylabel(y_name, fontsize=13, x=0.005)
    return figure, panels

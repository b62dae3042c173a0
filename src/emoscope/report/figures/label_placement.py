"""Names beside points so that no name covers another, a point, or the frame.

By hand, in few lines: the library for it, adjustText, needs SciPy, which is as large as the rest of
the extra together, and moves names at random until they are apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from emoscope.arrays import Floats
from emoscope.report.style import GREY

_DISTANCES = (7.0, 12.0, 18.0, 26.0, 36.0, 48.0, 62.0, 80.0)  # points (1/72 inch)
_ANGLES = np.deg2rad((0, 180, 90, 270, 45, 135, 225, 315, 22, 158, 202, 338, 67, 113, 247, 293))
_STEPS = [(d, np.array([np.cos(a), np.sin(a)])) for d, a in product(_DISTANCES, _ANGLES)]
_LINE_FROM = 12.0
"""Names at this distance and beyond get a line to their point."""
_HALO = [withStroke(linewidth=2.5, foreground="white")]
"""A white rim keeps a name readable on a line."""


def name_points(
    axes: Axes, x: Sequence[float], y: Sequence[float], names: Sequence[str]
) -> list[Any]:
    """Write ``names`` at points in data coordinates and return the texts.

    The point with most neighbours first; for each, the nearest place on rings around it that covers
    least. Axes must have their final limits.
    """
    figure = axes.get_figure()
    if not isinstance(figure, Figure) or not names:
        return []
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()  # arranges the layout, so that pixels are final
    pixel = figure.dpi / 72.0
    spots = axes.transData.transform(np.column_stack([x, y]))
    frame = np.asarray(axes.get_window_extent(renderer).extents)
    taken = np.hstack([spots - 5.0 * pixel, spots + 5.0 * pixel])
    apart = np.hypot(*(spots[:, None, :] - spots[None, :, :]).transpose(2, 0, 1))
    texts = {}
    for i in np.argsort(-np.exp(-apart / 60.0).sum(axis=1), kind="stable").tolist():
        text = axes.annotate(
            names[i],
            (x[i], y[i]),
            xytext=(0, 0),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=11,
            zorder=4,
            path_effects=_HALO,
        )
        half = np.array(text.get_window_extent(renderer).size) / 2.0 + [pixel, 0.0]
        # the distance is that of the box's edge, so half of the box comes on top
        middles = [spots[i] + step * (distance * pixel + half) for distance, step in _STEPS]
        boxes = np.array([[*(middle - half), *(middle + half)] for middle in middles])
        others = np.delete(taken, i, axis=0)
        best = int(np.argmin(_costs(boxes, others, frame)))
        text.set_position(tuple((middles[best] - spots[i]) / pixel))
        taken = np.vstack([taken, boxes[best]])
        texts[i] = text
        if _STEPS[best][0] >= _LINE_FROM:
            edge = np.clip(spots[i], boxes[best][:2], boxes[best][2:])
            ends = axes.transData.inverted().transform(np.vstack([spots[i], edge]))
            axes.plot(ends[:, 0], ends[:, 1], color=GREY, linewidth=0.7, zorder=1)
    return [texts[i] for i in range(len(names))]


def _costs(boxes: Floats, others: Floats, frame: Floats) -> Floats:
    """Distance from the point, and far more for what a place covers or leaves outside, (n,)."""
    width, height = (
        np.minimum(boxes[:, None, k + 2], others[None, :, k + 2])
        - np.maximum(boxes[:, None, k], others[None, :, k])
        for k in (0, 1)
    )
    covered = (np.maximum(width, 0.0) * np.maximum(height, 0.0)).sum(axis=1)
    outside = np.maximum(frame[:2] - boxes[:, :2], boxes[:, 2:] - frame[2:]).max(axis=1)
    distances = np.array([distance for distance, _ in _STEPS])
    costs: Floats = distances + 1000.0 * (covered > 0) + covered + 100.0 * np.maximum(outside, 0.0)
    return costs

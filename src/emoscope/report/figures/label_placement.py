"""Names beside points so that no name covers another, a point, or the frame."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from emoscope.report.style import GREY

_DISTANCES = (7.0, 12.0, 18.0, 26.0, 36.0, 48.0, 62.0, 80.0)  # points (1/72 inch) from the middle
_ANGLES = np.deg2rad((0, 180, 90, 270, 45, 135, 225, 315, 22, 158, 202, 338, 67, 113, 247, 293))
_LINE_FROM = 15.0
"""Names that lie farther than this get a line to their point."""

_HALO = [withStroke(linewidth=2.5, foreground="white")]
"""A white rim keeps a name readable on a line."""

Boxes = npt.NDArray[np.float64]


def name_points(
    axes: Axes, x: Sequence[float], y: Sequence[float], names: Sequence[str]
) -> list[Any]:
    """Write ``names`` at points in data coordinates and return the texts.

    Greedy: the most crowded point first; for each, the nearest place on rings around it that
    covers least. Axes must have their final limits.
    """
    figure = axes.get_figure()
    if not isinstance(figure, Figure):
        return []  # axes that stand in no figure have no room for names
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()  # settles where the axes are
    renderer = canvas.get_renderer()
    scale = figure.dpi / 72.0
    spots = axes.transData.transform(np.column_stack([x, y]))
    frame = axes.get_window_extent(renderer)
    texts = [
        axes.annotate(
            name,
            (px, py),
            xytext=(0, 0),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=11,
            zorder=4,
            path_effects=_HALO,
        )
        for name, px, py in zip(names, x, y, strict=True)
    ]
    radius = 5.0 * scale
    points = np.column_stack([spots - radius, spots + radius])
    placed: list[npt.NDArray[np.float64]] = []
    for i in _most_crowded_first(spots):
        size = texts[i].get_window_extent(renderer)
        width, height = size.width + 2.0 * scale, size.height
        others = np.vstack([np.delete(points, i, axis=0), *[box[None] for box in placed]])
        offset, box = _best_place(spots[i], width, height, scale, others, frame)
        placed.append(box)
        texts[i].set_position((float(offset[0] / scale), float(offset[1] / scale)))
        if np.hypot(*_gap(spots[i], box)) > _LINE_FROM * scale / 2.0:
            edge = np.clip(spots[i], box[:2], box[2:])
            ends = axes.transData.inverted().transform(np.vstack([spots[i], edge]))
            axes.plot(ends[:, 0], ends[:, 1], color=GREY, linewidth=0.7, zorder=1)
    return texts


def overlapping(boxes: Sequence[Bbox]) -> list[tuple[int, int]]:
    """Pairs of boxes that cover each other."""
    pairs = []
    for i in range(len(boxes)):
        for j in range(i + 1, len(boxes)):
            if boxes[i].overlaps(boxes[j]):
                pairs.append((i, j))
    return pairs


def _most_crowded_first(spots: Boxes) -> list[int]:
    apart = np.hypot(*(spots[:, None, :] - spots[None, :, :]).transpose(2, 0, 1))
    crowd = np.exp(-apart / 60.0).sum(axis=1)
    return [int(i) for i in np.argsort(-crowd, kind="stable")]


def _best_place(
    spot: npt.NDArray[np.float64],
    width: float,
    height: float,
    scale: float,
    others: Boxes,
    frame: Bbox,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Offset of the text's middle from its point, and the box it takes, in pixels."""
    best_cost, best = np.inf, (np.zeros(2), np.zeros(4))
    for distance, angle in product(_DISTANCES, _ANGLES):
        step = np.array([np.cos(angle), np.sin(angle)])
        # The ring is one around the box: the nearest edge, not the middle, keeps the distance.
        offset = step * distance * scale + step * np.array([width, height]) / 2.0
        middle = spot + offset
        half = np.array([width, height]) / 2.0
        box = np.concatenate([middle - half, middle + half])
        covered = _shared_area(box, others)
        outside = max(frame.x0 - box[0], box[2] - frame.x1, frame.y0 - box[1], box[3] - frame.y1, 0)
        cost = distance + 1000.0 * (covered > 0) + covered + 100.0 * outside
        if cost < best_cost:
            best_cost, best = cost, (offset, box)
    return best


def _shared_area(box: npt.NDArray[np.float64], others: Boxes) -> float:
    wide = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    high = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    return float((np.maximum(wide, 0.0) * np.maximum(high, 0.0)).sum())


def _gap(spot: npt.NDArray[np.float64], box: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.maximum(np.maximum(box[:2] - spot, spot - box[2:]), 0.0)

"""Heat maps with names on both sides and numbers in the cells, shared by the matrix figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from emoscope.arrays import Floats
from emoscope.report.style import HEAT, plain_axes, short


def heat_map(
    axes: Axes,
    values: Floats,
    texts: npt.NDArray[np.str_],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    top: float,
    font: float,
) -> None:
    """Colour cells from 0 to ``top`` (NaN stays white) and write ``texts`` of the same shape.

    Names of rows are written as they are, those of columns cut to fit.
    """
    # a grid of rectangles, not an image: sharp at any size, and no resampling in the SVG
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(values),
        cmap=HEAT,
        vmin=0.0,
        vmax=max(top, 1e-9),
        edgecolors="white",
        linewidth=0.6,
    )
    mesh.set_rasterized(False)
    for i, j in zip(*np.nonzero(texts != ""), strict=True):
        dark = np.isfinite(values[i, j]) and values[i, j] > 0.6 * top
        axes.text(
            j + 0.5,
            i + 0.5,
            texts[i, j],
            ha="center",
            va="center",
            fontsize=font,
            in_layout=False,  # inside its cell; arranging 700 of them takes long
            color="white" if dark else "#222222",
        )
    axes.set_xlim(0, len(columns))
    axes.set_ylim(len(rows), 0)
    size = 12 if len(rows) <= 30 else 9
    axes.set_yticks(np.arange(len(rows)) + 0.5, list(rows), fontsize=size)
    tilted = len(columns) > 4
    axes.set_xticks(
        np.arange(len(columns)) + 0.5,
        [short(name, 18) for name in columns],
        fontsize=size,
        rotation=90 if len(columns) > 8 else 40 if tilted else 0,
        ha="center" if len(columns) > 8 or not tilted else "right",
    )
    plain_axes(axes)

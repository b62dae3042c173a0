"""The style of all figures: colours, type sizes, and saving as PNG and SVG.

Colours are those of Okabe and Ito (2008), which remain distinct with any kind of colour blindness;
heat maps use one hue whose lightness alone carries the value. Type is large enough to be read when
a figure is shown at half its size. The font is the one that comes with matplotlib, so that a figure
looks the same everywhere.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from emoscope.arrays import Rows

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#6B6B6B"
LIGHT = "#D9D9D9"
BAND = "#F4F4F4"

SERIES = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)
"""Colours of series in one figure, in this order."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""Shapes that go with :data:`SERIES`, for print without colour."""
HEAT = "Blues"

WIDTH = 9.0
"""Inches; every figure of a report is this wide."""
NAME_LENGTH = 22

_RC = {
    "font.family": "DejaVu Sans",
    "font.size": 13,
    "axes.titlesize": 14,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 13,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.8,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "legend.frameon": False,
    "legend.fontsize": 12,
    "lines.linewidth": 2.0,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": 150,
    "text.parse_math": False,  # a label may hold a dollar sign
    "svg.fonttype": "path",
    "svg.hashsalt": "emoscope",  # the same numbers give the same file
}

P = ParamSpec("P")


@contextmanager
def style() -> Iterator[None]:
    """Draw and save in this style; a glyph that the font lacks becomes a box, without a warning."""
    with rc_context(_RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support")
        yield


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a drawing function draw in this style."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with style():
            return draw(*args, **kwargs)

    return drawn


def save_figure(figure: Figure, folder: Path, name: str) -> tuple[Path, Path]:
    """Write ``name.png`` and ``name.svg``; the same figure gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    with style():
        figure.savefig(png, metadata={"Software": None})
        figure.set_layout_engine("none")  # arranged once, the arrangement stays
        figure.savefig(svg, metadata={"Date": None, "Creator": None})
    return png, svg


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure of the usual width that arranges itself."""
    return Figure(figsize=(width, height), layout="constrained")


def bands(axes: Axes, rows: Rows) -> None:
    """Grey behind every other row, to keep together what belongs to one name."""
    axes.grid(visible=False, axis="y")
    for row in rows[::2]:
        axes.axhspan(row - 0.5, row + 0.5, color=BAND, linewidth=0, zorder=0)


def count_axis(axis: XAxis | YAxis) -> None:
    """Make an axis logarithmic for counts, its marks written as plain numbers."""
    if isinstance(axis, XAxis):
        axis.axes.set_xscale("log")
    else:
        axis.axes.set_yscale("log")
    low, high = axis.get_view_interval()
    steps = (1.0,) if high / max(low, 0.1) > 200 else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else ""))
    axis.set_minor_formatter(NullFormatter())


def plain_axes(axes: Axes) -> None:
    """Take grid, frame and ticks from axes that hold a heat map."""
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def short(name: str, limit: int = NAME_LENGTH) -> str:
    """``name`` on one line, cut with an ellipsis where it is longer than ``limit`` characters."""
    line = " ".join(name.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"

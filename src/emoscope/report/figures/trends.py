"""Shares of texts with a label over time, with intervals; below, how many texts there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from emoscope.arrays import Floats
from emoscope.evaluation.intervals import Estimates
from emoscope.report.style import BAND, GREY, LIGHT, SERIES, new_figure, short, styled
from emoscope.trends.result import Trends, shown_group

MOST_GROUPS = len(SERIES)
"""Groups that colours tell apart."""
_TOGETHER = 4
"""Labels, and less one groups, that may share a panel: more bands hide one another."""
_MARKED = 40
"""Up to so many periods, each gets a dot."""
_APART = 0.07
"""Height of a name at the end of a line, as a share of the panel's."""
_OTHERS = "#BFBFBF"


class ShareSeries:
    """What is drawn of trends: shares with intervals, and where the periods stand on the axis."""

    def __init__(self, trends: Trends) -> None:
        self.labels, self.periods, self.every = trends.labels, trends.periods, trends.every
        self.groups = [shown_group(group) for group in trends.groups]
        self.texts = trends.texts
        self.shares = Estimates(trends.share, *trends.interval())
        self.days: Floats = np.asarray(date2num(trends.edges), dtype=np.float64)
        self.middles: Floats = (self.days[1:] + self.days[:-1]) / 2.0


@styled
def draw(trends: Trends) -> Figure:
    """One panel for few lines, otherwise a small panel for each.

    There may be at most :data:`MOST_GROUPS` groups.
    """
    series = ShareSeries(trends)
    n_groups, n_labels = len(series.groups), len(series.labels)
    if n_groups == 1 and n_labels <= _TOGETHER:
        return _one_panel(series, [(0, j) for j in range(n_labels)], series.labels)
    if n_labels == 1 and n_groups < _TOGETHER:
        return _one_panel(series, [(i, 0) for i in range(n_groups)], series.groups)
    return _small_panels(series)


def _one_panel(
    series: ShareSeries, lines: Sequence[tuple[int, int]], names: Sequence[str]
) -> Figure:
    """``lines`` are pairs of a group and a label."""
    figure = new_figure(5.4)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3.4, 1))
    for (group, label), colour in zip(lines, SERIES, strict=False):
        _band(upper, series, group, label, colour, 0.22 if len(lines) == 1 else 0.16)
    _share_axis(upper, series, range(len(series.labels)))
    if len(lines) > 1:
        _name_ends(upper, series, lines, names)
    upper.set_title(_title(series))
    _gaps(upper, series)
    _texts(lower, series)
    lower.set_ylabel("texts")
    _time_axis(lower, series, most_ticks=9)
    return figure


def _small_panels(series: ShareSeries) -> Figure:
    """A panel for each label, or group, or both; the axis of a label is the same in all groups."""
    n_groups, n_labels = len(series.groups), len(series.labels)
    cells = [(group, label) for label in range(n_labels) for group in range(n_groups)]
    n = len(cells)
    is_table = n_groups > 1 and n_labels > 1  # labels down, groups across
    columns = n_groups if is_table else 2 if n in (2, 4) else 3 if n <= 12 else 4
    rows = -(-n // columns)
    figure = new_figure(2.3 + (1.45 if is_table else 1.7) * rows)
    grid = figure.add_gridspec(rows + 1, columns, height_ratios=[*[1.0] * rows, 0.62])
    narrow = columns > 4
    for place, (group, label) in enumerate(cells):
        axes = figure.add_subplot(grid[divmod(place, columns)])
        for other in range(n_groups):
            if other != group and n_groups <= _TOGETHER:  # beyond that, grey is all one sees
                share = series.shares.value[other, :, label]
                axes.plot(series.middles, share, color=_OTHERS, linewidth=0.9, zorder=1)
        colour = SERIES[group % len(SERIES)]
        _band(axes, series, group, label, colour, 0.22)
        _share_axis(axes, series, [label], most_ticks=4)
        _gaps(axes, series)
        _time_axis(axes, series, 3 if narrow else 4, named=place + columns >= n)
        axes.tick_params(labelsize=10 if narrow else 11, length=2)
        axes.xaxis.get_offset_text().set_visible(False)  # the axis at the bottom says the year
        if not is_table or place < columns:
            name = series.labels[label] if n_groups == 1 else series.groups[group]
            axes.set_title(short(name, 11 if narrow else 22), fontsize=10 if narrow else 12, pad=4)
        if is_table and group == 0:
            axes.set_ylabel(short(series.labels[label], 14), fontsize=12, fontweight="bold")
        elif n_groups > 1 and place % columns:
            axes.tick_params(labelleft=False)
    strip = figure.add_subplot(grid[rows, :])
    strip.set_title("number of texts", fontsize=12, pad=4)
    _texts(strip, series)
    _time_axis(strip, series, most_ticks=10)
    strip.tick_params(labelsize=11, length=2)
    figure.suptitle(_title(series), fontsize=14, fontweight="bold", x=0.01, ha="left")
    return figure


def _title(series: ShareSeries) -> str:
    what = f"share of texts by {series.every}, with 95 % intervals"
    if len(series.labels) == 1:
        return f"{short(series.labels[0], 40)}: {what}"
    return f"{what[0].upper()}{what[1:]}"


def _band(
    axes: Axes, series: ShareSeries, group: int, label: int, colour: str, strength: float
) -> None:
    """The share with its band; dots where there are few periods, or where a period stands alone."""
    x, shares = series.middles, series.shares
    value, low, high = (part[group, :, label] for part in (shares.value, shares.low, shares.high))
    known = ~np.isnan(value)
    axes.fill_between(x, low, high, color=colour, alpha=strength, linewidth=0)
    axes.plot(x, value, color=colour, linewidth=1.8)
    beside = np.pad(known, 1)
    alone = known & ~beside[:-2] & ~beside[2:]
    axes.vlines(x[alone], low[alone], high[alone], color=colour, alpha=0.35, linewidth=5)
    dots = known if len(x) <= _MARKED else alone
    axes.plot(x[dots], value[dots], "o", color=colour, markersize=4)


def _share_axis(
    axes: Axes, series: ShareSeries, labels: Sequence[int], *, most_ticks: int = 6
) -> None:
    """From nothing to the highest interval that says something.

    Of a period with few texts, such as the one that has just begun, the interval may reach from 0
    to 1 and would press all others flat. So the axis ends at twice the highest share at most, and
    periods with less than half of the texts that are usual in their group do not count.
    """
    usual = np.array([np.median(row[row > 0]) if row.any() else 1.0 for row in series.texts])
    enough = series.texts >= np.maximum(1.0, 0.5 * usual)[:, None]
    share = float(series.shares.value[enough][:, list(labels)].max())
    high = float(series.shares.high[enough][:, list(labels)].max())
    top = high if share == 0.0 else min(high, 2.0 * share)
    axes.set_ylim(0.0, min(1.0, 1.06 * top))
    axes.yaxis.set_major_locator(MaxNLocator(most_ticks, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))


def _texts(axes: Axes, series: ShareSeries) -> None:
    """How many texts there are: bars, or a line a group."""
    if len(series.groups) == 1:
        axes.bar(
            series.days[:-1],
            series.texts[0],
            np.diff(series.days),
            align="edge",
            color=LIGHT,
            edgecolor=GREY,
            linewidth=0.4 if len(series.periods) <= _MARKED else 0.0,
        )
    else:
        for texts, colour in zip(series.texts, SERIES, strict=False):
            axes.plot(series.middles, texts, color=colour, linewidth=1.4)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))


def _gaps(axes: Axes, series: ShareSeries) -> None:
    """Grey where there are no texts."""
    days = series.days
    steps = np.diff(np.pad(series.texts.sum(axis=0) == 0, 1).astype(np.int8))
    for begin, end in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
        axes.axvspan(days[begin], days[end], color=BAND, linewidth=0, zorder=0)


def _time_axis(axes: Axes, series: ShareSeries, most_ticks: int, *, named: bool = True) -> None:
    axes.set_xlim(series.days[0], series.days[-1])
    if len(series.periods) <= most_ticks // 2:
        axes.set_xticks(series.middles, [name.replace(" ", "\n") for name in series.periods])
    else:
        locator = AutoDateLocator(minticks=2, maxticks=most_ticks)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    if not named:
        axes.tick_params(labelbottom=False)


def _name_ends(
    axes: Axes, series: ShareSeries, lines: Sequence[tuple[int, int]], names: Sequence[str]
) -> None:
    """Names at the right, as high as lines end, pushed apart where they would cover one another."""
    top = axes.get_ylim()[1]
    ends = []
    for group, label in lines:
        share = series.shares.value[group, :, label]
        known = share[~np.isnan(share)]
        ends.append(min(1.0, float(known[-1]) / top) if len(known) else 0.0)
    for name, height, colour in zip(names, spread_out(ends, _APART), SERIES, strict=False):
        axes.annotate(
            short(name),
            (1.01, height),
            xycoords="axes fraction",
            color=colour,
            va="center",
            fontweight="bold",
            annotation_clip=False,
        )


def spread_out(wanted: Sequence[float], apart: float) -> list[float]:
    """Heights as near to ``wanted`` as can be, in the same order, at least ``apart``.

    Too close neighbours become a block, whose middle is the mean of the heights wanted; where it
    meets the next block, the two become one.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    blocks: list[list[int]] = []

    def lowest(block: list[int]) -> float:
        middle = sum(wanted[i] for i in block) / len(block)
        return middle - apart * (len(block) - 1) / 2.0

    for i in order:
        blocks.append([i])
        while len(blocks) > 1 and lowest(blocks[-1]) < lowest(blocks[-2]) + apart * len(blocks[-2]):
            last = blocks.pop()
            blocks[-1] += last
    found = [0.0] * len(wanted)
    for block in blocks:
        for place, i in enumerate(block):
            found[i] = lowest(block) + apart * place
    return found

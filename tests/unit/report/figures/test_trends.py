"""Trends drawn from arrays: one line, several, small panels, gaps and sparse periods."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from emoscope.report.figures.trends import draw, spread_out
from emoscope.report.style import SERIES, save_figure, style
from emoscope.trends.counting import Counts
from emoscope.trends.result import Trends

EMPTY = 4
"""The period in which nobody writes."""


def series(n_labels: int, n_groups: int = 1, n_periods: int = 12, texts: int = 200) -> Trends:
    random = np.random.default_rng(n_labels)
    n = np.full((n_groups, n_periods), texts)
    if n_periods > EMPTY:
        n[:, EMPTY] = 0
    held = random.binomial(n[..., None], np.linspace(0.3, 0.02, n_labels), (*n.shape, n_labels))
    january = (2024 - 1970) * 12
    return Trends(
        labels=tuple(f"label {j}" for j in range(n_labels)),
        groups=tuple(f"group {i}" for i in range(n_groups)),
        counts=Counts("month", january + np.arange(n_periods), n, held),
        time="written",
    )


def titles(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_labels", "n_groups", "n_periods"),
    [(1, 1, 1), (3, 1, 2), (28, 1, 12), (6, 1, 3), (1, 3, 12), (1, 7, 12), (6, 7, 12), (2, 2, 1)],
)
def test_names_lie_apart(n_labels: int, n_groups: int, n_periods: int) -> None:
    figure = draw(series(n_labels, n_groups, n_periods))
    with style():
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw_without_rendering()
        for axes in figure.axes:
            for axis, start, end in ((axes.xaxis, "x0", "x1"), (axes.yaxis, "y0", "y1")):
                boxes = [
                    label.get_window_extent(renderer)
                    for label in axis.get_ticklabels()
                    if label.get_text() and label.get_visible()
                ]
                boxes.sort(key=lambda box: getattr(box, start))
                for one, other in pairwise(boxes):
                    assert getattr(one, end) <= getattr(other, start) + 1.0


def test_few_lines_share_a_panel_and_are_named_where_they_end() -> None:
    figure = draw(series(3))
    assert titles(figure) == ["Share of texts by month, with 95 % intervals", ""]
    names = {text.get_text(): text.get_color() for text in figure.axes[0].texts}
    assert names == {f"label {j}": SERIES[j] for j in range(3)}


def test_one_line_needs_no_name() -> None:
    figure = draw(series(1))
    assert titles(figure)[0].startswith("label 0: share of texts")
    assert list(figure.axes[0].texts) == []


def test_many_labels_get_a_panel_each_and_one_for_the_number_of_texts() -> None:
    assert titles(draw(series(6))) == [*(f"label {j}" for j in range(6)), "number of texts"]


def test_groups_stand_side_by_side_on_one_axis() -> None:
    figure = draw(series(2, n_groups=3))
    assert titles(figure)[:3] == ["group 0", "group 1", "group 2"]
    panels = figure.axes[:6]
    assert [axes.get_ylabel() for axes in panels] == ["label 0", "", "", "label 1", "", ""]
    assert len({axes.get_ylim() for axes in panels[:3]}) == 1
    assert panels[0].get_ylim() != panels[3].get_ylim()
    own = [to_hex(panels[1].lines[place].get_color()) for place in (2,)]
    assert own == [SERIES[1].lower()]  # after the grey lines of the two others


def test_a_period_without_texts_is_a_gap() -> None:
    figure = draw(series(1))
    line = figure.axes[0].lines[0]
    assert np.isnan(line.get_ydata()[EMPTY])
    (gap,) = (patch for patch in figure.axes[0].patches)
    days = line.get_xdata()
    assert gap.get_x() < days[EMPTY] < gap.get_x() + gap.get_width()


def test_a_period_with_hardly_a_text_does_not_press_the_others_flat() -> None:
    sparse = series(1, texts=1000)
    sparse.texts[0, -1] = 1
    sparse.held[0, -1] = 1
    assert draw(sparse).axes[0].get_ylim()[1] < 0.5


@pytest.mark.slow
def test_a_label_that_no_text_has_can_be_drawn(tmp_path) -> None:
    nothing = series(6)
    nothing.held[..., -1] = 0
    png, svg = save_figure(draw(nothing), tmp_path, "trends")
    assert png.stat().st_size > 1000
    assert svg.read_bytes().startswith(b"<?xml")


@pytest.mark.slow
def test_strange_names_are_only_text(tmp_path) -> None:
    odd = series(2, n_groups=2)
    names = ("$cost_{", "<b>&")
    save_figure(draw(replace(odd, labels=names, groups=names)), tmp_path, "odd")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([0.2, 0.8], [0.2, 0.8]),
        ([0.5, 0.5], [0.45, 0.55]),
        ([0.52, 0.5, 0.9], [0.56, 0.46, 0.9]),
        ([0.0, 0.04, 0.12], [-0.0466667, 0.0533333, 0.1533333]),
        ([0.3], [0.3]),
        ([], []),
    ],
)
def test_heights_are_pushed_apart_no_further_than_needed(
    wanted: list[float], expected: list[float]
) -> None:
    assert spread_out(wanted, 0.1) == pytest.approx(expected)

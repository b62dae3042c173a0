from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from emoscope.report.figures.label_placement import name_points
from emoscope.report.style import new_figure, style
from emoscope.taxonomy import GOEMOTIONS


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_28_names_cover_neither_each_other_nor_the_frame(seed: int) -> None:
    random = np.random.default_rng(seed)
    # most points crowd in the middle, as they do on GoEmotions
    x = np.clip(random.normal(0.5, 0.15, 28), 0.02, 0.98)
    y = np.clip(random.normal(0.5, 0.18, 28), 0.02, 0.98)
    with style():
        figure = new_figure(7.0)
        axes = figure.add_subplot()
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        texts = name_points(axes, x.tolist(), y.tolist(), GOEMOTIONS.labels)
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw_without_rendering()
        boxes = [text.get_window_extent(renderer) for text in texts]
        frame = axes.get_window_extent(renderer)
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    for box in boxes:
        assert frame.x0 - 1 <= box.x0
        assert box.x1 <= frame.x1 + 1
        assert frame.y0 - 1 <= box.y0
        assert box.y1 <= frame.y1 + 1

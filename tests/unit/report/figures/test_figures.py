"""Every figure, drawn from arrays: with many labels, with one, with nothing to show."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from emoscope.evaluation.error_analysis.label_confusions import count_label_confusions
from emoscope.evaluation.intervals import Estimates, LabelEstimates
from emoscope.evaluation.label_cooccurrence import count_pairs
from emoscope.evaluation.threshold_curves import precision_recall_curve, sweep
from emoscope.metrics import reliability_bins
from emoscope.report.figures import annotator_agreement as human
from emoscope.report.figures import (
    comparison,
    confusion,
    cooccurrence,
    history,
    label_confusion,
    label_distribution,
    labels_per_text,
    length,
    per_label,
    precision_recall,
    precision_recall_labels,
    reliability,
    risk_coverage,
    support_f1,
    thresholds,
    thresholds_labels,
)
from emoscope.report.style import save_figure, style
from emoscope.taxonomy import GOEMOTIONS

STRANGE = ("$cost_{", "<b>&", "_hidden", "an endless name of a label that nobody would ever choose")


class World:
    """Arrays of ``n`` labels to draw."""

    def __init__(self, n: int, names: tuple[str, ...] = GOEMOTIONS.labels) -> None:
        random = np.random.default_rng(n)
        self.labels = names[:n]
        self.truth = random.random((120, n)) < 0.25
        self.truth[:, -1] = False  # a label that no text has
        self.probabilities = np.clip(0.5 * self.truth + 0.6 * random.random((120, n)), 0, 1)
        self.predicted = self.probabilities > 0.5
        self.support = self.truth.sum(axis=0).astype(np.int64)
        value = random.random(n)
        self.f1 = Estimates(value, value * 0.8, np.minimum(value * 1.2, 1.0)).where(
            self.support > 0
        )
        self.estimates = LabelEstimates(self.f1, self.f1, self.f1)
        self.curves = [
            precision_recall_curve(self.truth[:, j], self.probabilities[:, j]) for j in range(n)
        ]
        self.area = np.where(self.support > 0, value, np.nan)
        self.sweeps = {"validation": sweep(self.truth, self.probabilities)}
        self.sweeps["test"] = self.sweeps["validation"]


def _history(n: int) -> dict[str, np.ndarray]:
    loss = np.linspace(1.0, 0.2, n)
    return {"epoch": np.arange(1.0, n + 1), "train_loss": loss, "validation_loss": loss + 0.1,
            "macro_f1": np.linspace(0.3, 0.5, n)}  # fmt: skip


def _coverage() -> tuple[np.ndarray, ...]:
    return np.array([0.0, 0.5]), np.array([0.8, np.nan]), np.array([1.0, 0.0])


def _confusions(w: World) -> tuple[np.ndarray, ...]:
    return count_label_confusions(w.truth, w.predicted)


def _pairs(w: World) -> tuple[np.ndarray, np.ndarray]:
    return count_pairs(w.truth), count_pairs(w.predicted)


DRAWN: dict[str, Callable[[World], tuple[Figure, str]]] = {
    "label_distribution": lambda w: (
        label_distribution.draw(w.labels, {"train": w.support * 9, "test": w.support}),
        label_distribution.describe(w.labels, {"train": w.support * 9, "test": w.support}, "test"),
    ),
    "per_label": lambda w: (
        per_label.draw(w.labels, w.support, w.estimates),
        per_label.describe(w.labels, w.support, w.estimates),
    ),
    "support_f1": lambda w: (
        support_f1.draw(w.labels, w.support, w.f1),
        support_f1.describe(w.labels, w.support, w.f1),
    ),
    "precision_recall": lambda w: (
        precision_recall.draw(w.curves[0], 0.5, (0.4, 0.6)),
        precision_recall.describe(w.curves[0], 0.5, (0.4, 0.6)),
    ),
    "precision_recall_labels": lambda w: (
        precision_recall_labels.draw(w.labels, w.curves, w.area, w.f1.value, w.f1.value),
        precision_recall_labels.describe(w.labels, w.area, w.f1.value, w.f1.value),
    ),
    "labels_per_text": lambda w: (
        labels_per_text.draw(np.array([0, 9, 2]), np.array([3, 8, 0])),
        labels_per_text.describe(np.array([0, 9, 2]), np.array([3, 8, 0])),
    ),
    "thresholds": lambda w: (
        thresholds.draw(w.sweeps, (0.4, 0.5), "test", None),
        thresholds.describe(w.sweeps, (0.4, 0.5), "test"),
    ),
    "thresholds_labels": lambda w: (
        thresholds_labels.draw(w.labels, w.sweeps, w.f1.value),
        thresholds_labels.describe(w.labels, w.f1.value, "raw"),
    ),
    "risk_coverage": lambda w: (
        risk_coverage.draw(*_coverage(), 0.0),
        risk_coverage.describe(*_coverage()),
    ),
    "confusion": lambda w: (
        confusion.draw(w.labels, _pairs(w)[0]),
        confusion.describe(w.labels, _pairs(w)[0]),
    ),
    "label_confusion": lambda w: (
        label_confusion.draw(w.labels, w.support, *_confusions(w)),
        label_confusion.describe(w.labels, w.support, *_confusions(w)[1:]),
    ),
    "cooccurrence": lambda w: (
        cooccurrence.draw(w.labels, *_pairs(w)),
        cooccurrence.describe(w.labels, *_pairs(w)),
    ),
    "reliability": lambda w: (
        reliability.draw(reliability_bins(w.truth, w.probabilities), None, "pairs"),
        reliability.describe(reliability_bins(w.truth, w.probabilities), None, "pairs"),
    ),
    "history": lambda w: (
        history.draw(_history(3), 1),
        history.describe(_history(3), 1, "macro_f1"),
    ),
    "length": lambda w: (
        length.draw(["1–3", "4–9"], np.array([5, 6]), World(2).f1, "micro-F1"),
        length.describe(["1–3", "4–9"], World(2).f1, "micro-F1"),
    ),
    "human": lambda w: (
        human.draw(w.labels, w.f1, w.support * 1.0, w.f1, w.support * 1.0, w.f1),
        human.describe(w.labels, w.f1, w.support * 1.0, w.support * 1.0, w.f1),
    ),
    "comparison": lambda w: (
        comparison.draw(["F1"], {"a": World(1).f1, "b": World(1).f1}, w.labels, {"b": w.f1}),
        "",
    ),
}  # fmt: skip


def assert_names_lie_apart(figure: Figure) -> None:
    """No name on an axis covers its neighbour."""
    with style():
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw_without_rendering()
        for axes in figure.axes:
            for axis in (axes.xaxis, axes.yaxis):
                boxes = [
                    label.get_window_extent(renderer)
                    for label in axis.get_ticklabels()
                    if label.get_text() and label.get_visible()
                ]
                # a slanted name is wider than it covers; transposed ones may only touch
                if axis is axes.xaxis and any(t.get_rotation() % 90 for t in axis.get_ticklabels()):
                    continue
                start = "x0" if axis is axes.xaxis else "y0"
                end = "x1" if axis is axes.xaxis else "y1"
                boxes.sort(key=lambda box: getattr(box, start))
                for one, other in pairwise(boxes):
                    assert getattr(one, end) <= getattr(other, start) + 1.0, one


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_28_labels_do_not_overlap_and_are_read_in_a_sentence(name: str) -> None:
    figure, sentence = DRAWN[name](World(28))
    assert_names_lie_apart(figure)
    if name != "comparison":
        assert sentence.endswith(".")
        assert "nan" not in sentence


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_one_label_and_a_label_without_texts_can_be_drawn(name: str, tmp_path) -> None:
    figure, _ = DRAWN[name](World(1))
    png, svg = save_figure(figure, tmp_path, name)
    assert png.stat().st_size > 1000
    assert svg.read_bytes().startswith(b"<?xml")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["per_label", "support_f1", "cooccurrence", "comparison"])
def test_strange_names_of_labels_are_only_text(name: str, tmp_path) -> None:
    figure, _ = DRAWN[name](World(4, STRANGE))
    save_figure(figure, tmp_path, name)
    assert_names_lie_apart(figure)


@pytest.mark.slow
def test_the_same_numbers_give_the_same_files(tmp_path) -> None:
    first = save_figure(DRAWN["per_label"](World(5))[0], tmp_path / "a", "figure")
    second = save_figure(DRAWN["per_label"](World(5))[0], tmp_path / "b", "figure")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert b"<dc:date>" not in first[1].read_bytes()


def test_drawing_leaves_the_users_own_style_alone() -> None:
    import matplotlib as mpl

    before = mpl.rcParams["font.size"]
    DRAWN["history"](World(2))
    assert mpl.rcParams["font.size"] == before

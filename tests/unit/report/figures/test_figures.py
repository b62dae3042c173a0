"""Every figure, drawn from arrays: with many labels, with one, with nothing to show."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from emoscope.decisions import plain_policy
from emoscope.decisions.activation import inverse
from emoscope.evaluation.annotator_agreement import Agreement, HumanReference
from emoscope.evaluation.error_analysis.slices import Slice
from emoscope.evaluation.evaluated_model import EvaluatedModel, SavedScoresScorer
from emoscope.evaluation.intervals import Estimates
from emoscope.evaluation.judge import judge_scores
from emoscope.evaluation.saved_run import SavedScores
from emoscope.inference.classifier import EmotionClassifier
from emoscope.report.context import ReportContext
from emoscope.report.figure_list import FIGURES
from emoscope.report.figures import annotator_agreement as human
from emoscope.report.figures import comparison
from emoscope.report.style import save_figure, style
from emoscope.taxonomy import GOEMOTIONS, make_taxonomy

STRANGE = ("$cost_{", "<b>&", "_hidden", "an endless name of a label that nobody would ever choose")


class World:
    """A model of ``n`` labels judged on 120 texts; the last label has none."""

    def __init__(self, n: int, names: tuple[str, ...] = GOEMOTIONS.labels, *, single: bool = False):
        random = np.random.default_rng(n)
        self.labels = names[:n]
        truth = random.random((120, n)) < 0.25
        truth[:, -1] = False
        if single:
            truth = np.eye(n, dtype=bool)[random.integers(max(n - 1, 1), size=120)]
        probabilities = np.clip(0.5 * truth + 0.6 * random.random((120, n)), 0, 1)
        value = random.random(n)
        self.support = truth.sum(axis=0).astype(np.int64)
        self.f1 = Estimates(value, value * 0.8, np.minimum(value * 1.2, 1.0)).where(
            self.support > 0
        )
        task = "single_label" if single else "multi_label"
        scores = inverse(probabilities, task).astype(np.float32)
        classifier = EmotionClassifier(
            SavedScoresScorer(self.labels, task),
            plain_policy(self.labels, task),
            make_taxonomy("world", self.labels),
        )
        self.context = ReportContext(
            EvaluatedModel(
                name="world",
                classifier=classifier,
                evaluation=judge_scores(
                    classifier, scores, truth, split="test", texts_sha256="", bootstrap=50
                ),
                validation=SavedScores(scores, truth, ""),
                history=_history(3),
            )
        )
        agreement = Agreement(120, 120, self.f1, self.f1, self.f1, self.support * 1.0, value)
        taxonomy = make_taxonomy("world", self.labels)
        self.human = HumanReference(taxonomy, 120, 120, 3, 0, 120, agreement, agreement)
        parts = [(f"{k}–{k + 2}", 9 - k) for k in (1, 4)]
        self.context.__dict__["lengths"] = [
            Slice("words", name, size, 0.5, 0.4, 0.6, 0.3) for name, size in parts
        ]


def _history(n: int) -> dict[str, np.ndarray]:
    loss = np.linspace(1.0, 0.2, n)
    return {"epoch": np.arange(1.0, n + 1), "train_loss": loss, "validation_loss": loss + 0.1,
            "macro_f1": np.linspace(0.3, 0.5, n)}  # fmt: skip


def _of_context(name: str) -> Callable[[World], tuple[Figure, str]]:
    entry = FIGURES[name]

    def drawn(world: World) -> tuple[Figure, str]:
        context = world.context
        if entry.task == "single_label":
            context = World(len(world.labels), world.labels, single=True).context
        return entry.draw(context), entry.describe(context)

    return drawn


DRAWN: dict[str, Callable[[World], tuple[Figure, str]]] = {
    **{name: _of_context(name) for name in FIGURES},
    "human": lambda w: (human.draw(w.human, w.f1), human.describe(w.human, w.f1)),
    "comparison": lambda w: (
        comparison.draw(["F1"], {"a": World(1).f1, "b": World(1).f1}, w.labels, {"b": w.f1}),
        "",
    ),
}


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
    DRAWN["training_curves"](World(2))
    assert mpl.rcParams["font.size"] == before

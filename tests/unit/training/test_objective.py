from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from emoscope.errors import RecipeError  # noqa: E402
from emoscope.training.losses.asymmetric import Asymmetric  # noqa: E402
from emoscope.training.losses.bce import BinaryCrossEntropy  # noqa: E402
from emoscope.training.losses.cross_entropy import CrossEntropy  # noqa: E402
from emoscope.training.losses.focal import Focal  # noqa: E402
from emoscope.training.objective import make_objective, prior_bias, smooth  # noqa: E402
from emoscope.training.settings import TrainingSettings  # noqa: E402


def objective(examples, **settings):
    return make_objective(TrainingSettings.model_validate(settings), examples)


def test_each_kind_gives_its_loss(tiny_examples, tiny_single_examples):
    assert objective(tiny_examples).loss == BinaryCrossEntropy()
    assert objective(tiny_single_examples).loss == CrossEntropy()
    assert objective(tiny_examples, loss={"kind": "focal", "gamma": 1}).loss == Focal(1.0)
    assert objective(tiny_examples, loss="asymmetric").loss == Asymmetric(0.0, 4.0, 0.05)
    weighted = objective(tiny_examples, loss={"kind": "bce", "positive_weight": "counts"}).loss
    assert weighted.positive_weight.shape == (4,)
    assert (weighted.positive_weight >= 1).all()
    balanced = {"kind": "cross_entropy", "label_weight": "counts", "logit_adjustment": 0.5}
    adjusted = objective(tiny_single_examples, loss=balanced).loss
    assert adjusted.label_weight.shape == adjusted.adjustment.shape == (4,)


def test_a_loss_for_the_other_task_is_refused(tiny_examples, tiny_single_examples):
    with pytest.raises(RecipeError, match="'focal' is for multi-label"):
        objective(tiny_single_examples, loss="focal")
    with pytest.raises(RecipeError, match="'cross_entropy' is for single-label"):
        objective(tiny_examples, loss="cross_entropy")


def test_soft_loss_learns_the_share_of_raters(tiny_examples):
    with pytest.raises(RecipeError, match="needs raters' votes"):
        objective(tiny_examples, loss="soft")
    votes = np.full(tiny_examples.labels.shape, 0.25, dtype=np.float32)
    voted = replace(tiny_examples, soft_labels=votes)
    np.testing.assert_allclose(objective(voted, loss="soft").targets, votes)
    half = objective(voted, loss={"kind": "soft", "hard_share": 0.5}).targets
    np.testing.assert_allclose(half, 0.5 * voted.labels + 0.125)


def test_smoothing_moves_to_frequencies_or_to_all_evenly():
    labels = np.array([[True, False], [True, False], [False, True], [True, False]])
    targets = labels.astype(np.float32)
    multi = smooth(targets, labels, 0.2, "multi_label")
    np.testing.assert_allclose(multi[0], [0.8 + 0.2 * 0.75, 0.2 * 0.25], rtol=1e-6)
    single = smooth(targets, labels, 0.2, "single_label")
    np.testing.assert_allclose(single[0], [0.9, 0.1], rtol=1e-6)
    np.testing.assert_allclose(single.sum(axis=1), 1.0, rtol=1e-6)
    assert smooth(targets, labels, 0.0, "multi_label") is targets


def test_prior_bias_predicts_the_frequencies():
    targets = np.zeros((99, 3), dtype=np.float32)
    targets[:9, 0] = 1
    targets[:, 1] = 1
    bias = prior_bias(targets, "multi_label")
    # half an imaginary text: 9.5/100, 99.5/100, 0.5/100; never infinite
    np.testing.assert_allclose(torch.sigmoid(bias), [0.095, 0.995, 0.005], rtol=1e-5)
    chosen = np.eye(2, dtype=np.float32)[[0] * 30 + [1] * 10]
    soft = torch.softmax(prior_bias(chosen, "single_label"), -1)
    np.testing.assert_allclose(soft, [30.5 / 41, 10.5 / 41], rtol=1e-5)

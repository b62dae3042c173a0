"""Every loss against numbers worked by hand, and at scores no sane model gives."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from emoscope.training.losses.asymmetric import Asymmetric  # noqa: E402
from emoscope.training.losses.bce import BinaryCrossEntropy, positive_weights  # noqa: E402
from emoscope.training.losses.cross_entropy import (  # noqa: E402
    CrossEntropy,
    label_weights,
    log_prior,
)
from emoscope.training.losses.focal import Focal  # noqa: E402
from emoscope.training.objective import soft_targets  # noqa: E402

LN2, LN3, LN4 = math.log(2), math.log(3), math.log(4)
# sigmoid(0) = 1/2, sigmoid(ln 3) = 3/4
SCORES = torch.tensor([[0.0, LN3]])


def loss_of(loss, scores, targets):
    return float(loss(torch.as_tensor(scores), torch.as_tensor(targets, dtype=torch.float32)))


def test_bce_by_hand():
    # -ln 1/2 for the positive, -ln 1/4 for the negative, their mean
    assert loss_of(BinaryCrossEntropy(), SCORES, [[1, 0]]) == pytest.approx((LN2 + LN4) / 2)


def test_bce_weighs_positives_only():
    weighted = BinaryCrossEntropy(torch.tensor([3.0, 100.0]))
    assert loss_of(weighted, SCORES, [[1, 0]]) == pytest.approx((3 * LN2 + LN4) / 2)


def test_bce_takes_soft_targets():
    # 0.4 of raters: -(0.4 ln 3/4 + 0.6 ln 1/4)
    expected = -(0.4 * math.log(0.75) + 0.6 * math.log(0.25))
    assert loss_of(BinaryCrossEntropy(), [[LN3]], [[0.4]]) == pytest.approx(expected)


def test_positive_weights_are_negatives_over_positives_within_bounds():
    labels = np.zeros((100, 4), dtype=bool)
    labels[:20, 0] = True  # 80 / 20 = 4
    labels[:1, 1] = True  # 99, capped
    labels[:90, 2] = True  # 1/9, raised to 1
    np.testing.assert_allclose(positive_weights(labels, 10.0), [4, 10, 1, 10])


def test_focal_by_hand():
    # positive: (1 - 3/4)^2 (-ln 3/4); negative: (3/4)^2 (-ln 1/4)
    assert loss_of(Focal(2.0), [[LN3]], [[1]]) == pytest.approx(0.25**2 * math.log(4 / 3))
    assert loss_of(Focal(2.0), [[LN3]], [[0]]) == pytest.approx(0.75**2 * LN4)


def test_focal_alpha_weighs_positives_against_negatives():
    assert loss_of(Focal(0.0, alpha=0.25), SCORES, [[1, 0]]) == pytest.approx(
        (0.25 * LN2 + 0.75 * LN4) / 2
    )


def test_focal_without_focus_is_bce():
    scores = torch.randn(8, 5)
    targets = (torch.rand(8, 5) < 0.3).float()
    torch.testing.assert_close(Focal(0.0)(scores, targets), BinaryCrossEntropy()(scores, targets))


def test_asymmetric_by_hand():
    loss = Asymmetric(gamma_positive=1.0, gamma_negative=4.0, clip=0.05)
    # positive: (1/4)^1 (-ln 3/4); negative: pm = 3/4 - 0.05 = 0.7
    assert loss_of(loss, [[LN3]], [[1]]) == pytest.approx(0.25 * math.log(4 / 3))
    assert loss_of(loss, [[LN3]], [[0]]) == pytest.approx(0.7**4 * -math.log(0.3))


def test_asymmetric_drops_easy_negatives():
    easy = math.log(0.04 / 0.96)  # a probability of 0.04, below the clip
    score = torch.tensor([[easy]], requires_grad=True)
    loss = Asymmetric()(score, torch.zeros(1, 1))
    loss.backward()
    assert loss.item() == pytest.approx(0.0, abs=1e-12)
    assert float(score.grad) == 0.0


def test_asymmetric_without_any_asymmetry_is_bce():
    scores = torch.randn(8, 5)
    targets = (torch.rand(8, 5) < 0.3).float()
    torch.testing.assert_close(
        Asymmetric(0.0, 0.0, 0.0)(scores, targets), BinaryCrossEntropy()(scores, targets)
    )


def test_cross_entropy_by_hand():
    # softmax of (0, ln 2, 0) is (1/4, 1/2, 1/4)
    scores = [[0.0, LN2, 0.0]]
    assert loss_of(CrossEntropy(), scores, [[0, 1, 0]]) == pytest.approx(LN2)
    assert loss_of(CrossEntropy(), scores, [[0.1, 0.8, 0.1]]) == pytest.approx(
        0.8 * LN2 + 0.2 * LN4
    )
    weighted = CrossEntropy(label_weight=torch.tensor([1.0, 3.0, 1.0]))
    assert loss_of(weighted, scores, [[0, 1, 0]]) == pytest.approx(3 * LN2)


def test_cross_entropy_equals_torch():
    scores, chosen = torch.randn(16, 6), torch.randint(0, 6, (16,))
    targets = torch.nn.functional.one_hot(chosen, 6).float()
    torch.testing.assert_close(
        CrossEntropy()(scores, targets), torch.nn.functional.cross_entropy(scores, chosen)
    )
    smooth = 0.9 * targets + 0.1 / 6
    torch.testing.assert_close(
        CrossEntropy()(scores, smooth),
        torch.nn.functional.cross_entropy(scores, chosen, label_smoothing=0.1),
    )


def test_logit_adjustment_adds_the_log_prior():
    labels = np.eye(2, dtype=bool)[[0, 0, 0, 0, 0, 0, 0, 1]]
    prior = log_prior(labels)
    np.testing.assert_allclose(prior.exp(), [8 / 10, 2 / 10], rtol=1e-6)  # one more of each
    # equal scores plus the prior: softmax gives the prior itself
    assert loss_of(CrossEntropy(adjustment=prior), [[0.0, 0.0]], [[0, 1]]) == pytest.approx(
        -math.log(0.2)
    )


def test_label_weights_balance_the_labels():
    labels = np.eye(3, dtype=bool)[[0] * 6 + [1] * 2]  # the third never occurs
    weights = label_weights(labels, cap=10.0).numpy()
    # 1/frequency: 8/(2 x 6) = 2/3 and 8/(2 x 2) = 2, already of mean one over the texts
    np.testing.assert_allclose(weights[:2], [2 / 3, 2], rtol=1e-6)
    assert weights[0] * 6 == pytest.approx(weights[1] * 2)
    capped = label_weights(labels, cap=1.0).numpy()
    assert (capped[0] * 6 + capped[1] * 2) / 8 == pytest.approx(1.0)
    assert capped[1] / capped[0] == pytest.approx(1.0 / (2 / 3))


def test_soft_targets_mix_votes_and_decisions():
    votes = np.array([[0.4, 0.2]], dtype=np.float32)
    labels = np.array([[True, False]])
    np.testing.assert_allclose(soft_targets(votes, labels, 0.0, "multi_label"), [[0.4, 0.2]])
    np.testing.assert_allclose(soft_targets(votes, labels, 0.5, "multi_label"), [[0.7, 0.1]])
    np.testing.assert_allclose(
        soft_targets(votes, labels, 0.0, "single_label"), [[2 / 3, 1 / 3]], rtol=1e-6
    )
    nobody = np.zeros((1, 2), dtype=np.float32)
    np.testing.assert_allclose(soft_targets(nobody, labels, 0.0, "single_label"), [[1, 0]])


EVERY = {
    "bce": BinaryCrossEntropy(),
    "weighted bce": BinaryCrossEntropy(torch.tensor([10.0, 1.0, 3.0])),
    "focal": Focal(),
    "focal below one": Focal(0.5, alpha=0.25),
    "asymmetric": Asymmetric(),
    "asymmetric below one": Asymmetric(0.5, 0.5, 0.05),
    "asymmetric without clip": Asymmetric(1.0, 4.0, 0.0),
    "cross-entropy": CrossEntropy(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([-1.0, -2.0, -9.0])),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", EVERY)
def test_extreme_scores_give_finite_loss_and_gradient(name, dtype):
    extremes = [-1e4, -90.0, 0.0, 90.0, 1e4]
    scores = torch.tensor([[a, b, 0.0] for a in extremes for b in extremes], dtype=dtype)
    for target in ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]):
        leaf = scores.clone().requires_grad_(True)
        loss = EVERY[name](leaf, torch.tensor([target] * len(scores), dtype=dtype))
        loss.backward()
        assert loss.dtype == torch.float32
        assert torch.isfinite(loss)
        assert torch.isfinite(leaf.grad).all()


@pytest.mark.parametrize("name", [n for n in EVERY if n != "cross-entropy"])
def test_a_wrong_and_certain_score_is_pulled_back(name):
    score = torch.tensor([[-20.0, 0.0, 0.0]], requires_grad=True)
    EVERY[name](score, torch.tensor([[1.0, 0.0, 0.0]])).backward()
    assert score.grad[0, 0] < -1e-3, "a certain miss of a positive has to move"

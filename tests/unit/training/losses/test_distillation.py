from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from emoscope.training.losses import Loss  # noqa: E402
from emoscope.training.losses.bce import BinaryCrossEntropy  # noqa: E402
from emoscope.training.losses.cross_entropy import CrossEntropy  # noqa: E402
from emoscope.training.losses.distillation import (  # noqa: E402
    Distillation,
    targets_with_teacher,
)

LN3 = math.log(3.0)
"""Its sigmoid is 3/4."""


def targets(labels: list[list[float]], teacher: list[list[float]]) -> torch.Tensor:
    width = len(teacher[0])
    given = np.array(labels, dtype=np.float32).reshape(-1, width)
    return torch.from_numpy(targets_with_teacher(given, np.array(teacher, dtype=np.float32)))


def multi(weight: float, temperature: float = 1.0) -> Distillation:
    return Distillation(BinaryCrossEntropy(), "multi_label", weight, temperature)


def single(weight: float, temperature: float = 1.0) -> Distillation:
    return Distillation(CrossEntropy(), "single_label", weight, temperature)


def test_targets_are_the_labels_then_the_scores_of_teachers() -> None:
    found = targets([[1, 0]], [[2, -3], [4, 5]]).numpy()
    np.testing.assert_array_equal(found, [[1, 0, 2, -3], [np.nan, np.nan, 4, 5]])


def test_multi_label_by_hand() -> None:
    # student at score 0: every cross-entropy is ln 2, whatever the target
    scores = torch.zeros(1, 2)
    assert float(multi(0.3)(scores, targets([[1, 0]], [[LN3, -LN3]]))) == pytest.approx(math.log(2))
    # student at (ln 3, ln 3), p = 3/4: against labels (1, 0): (-ln .75 - ln .25) / 2; against
    # teachers (3/4, 1/4): ((.75 + .25) * -ln .75 + (.25 + .75) * -ln .25) / 2, the same by chance;
    # against teachers (3/4, 3/4): -.75 ln .75 - .25 ln .25
    scores = torch.full((1, 2), LN3)
    true = -(math.log(0.75) + math.log(0.25)) / 2
    taught = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    found = multi(0.3)(scores, targets([[1, 0]], [[LN3, LN3]]))
    assert float(found) == pytest.approx(0.7 * true + 0.3 * taught)


def test_single_label_by_hand() -> None:
    # student (ln 3, 0): p = (3/4, 1/4); teacher (0, ln 3): (1/4, 3/4); label: the second
    scores = torch.tensor([[LN3, 0.0]])
    true = -math.log(0.25)
    taught = -(0.25 * math.log(0.75) + 0.75 * math.log(0.25))
    found = single(0.6)(scores, targets([[0, 1]], [[0.0, LN3]]))
    assert float(found) == pytest.approx(0.4 * true + 0.6 * taught)


@pytest.mark.parametrize("make", [multi, single])
def test_temperature_divides_scores_and_its_square_multiplies(make: type) -> None:
    scores, teacher = torch.tensor([[1.0, -2.0]]), [[3.0, 0.5]]
    cooled = [[value / 4.0 for value in row] for row in teacher]
    hot = make(1.0, 4.0)(scores, targets([[1, 0]], teacher))
    assert float(hot) == pytest.approx(
        16.0 * float(make(1.0)(scores / 4, targets([[1, 0]], cooled)))
    )


def test_temperature_leaves_the_labels_alone() -> None:
    scores = torch.tensor([[1.0, -2.0]])
    goal = targets([[1, 0]], [[3.0, 0.5]])
    assert float(multi(0.0, 4.0)(scores, goal)) == pytest.approx(float(multi(0.0)(scores, goal)))


@pytest.mark.parametrize(
    ("make", "plain"), [(multi, BinaryCrossEntropy()), (single, CrossEntropy())]
)
def test_weight_0_is_the_loss_of_the_labels(make: type, plain: Loss) -> None:
    scores = torch.tensor([[1.0, -2.0], [0.3, 0.4]])
    truth = [[1, 0], [0, 1]]
    found = make(0.0)(scores, targets(truth, [[9.0, 9.0], [-9.0, 9.0]]))
    assert float(found) == pytest.approx(float(plain(scores, torch.tensor(truth).float())))


@pytest.mark.parametrize("make", [multi, single])
def test_weight_1_does_not_read_the_labels(make: type) -> None:
    scores, teacher = torch.tensor([[1.0, -2.0]]), [[0.2, 0.7]]
    one, other = (make(1.0)(scores, targets(truth, teacher)) for truth in ([[1, 0]], [[0, 1]]))
    assert float(one) == float(other) == float(make(0.2)(scores, targets([], teacher)))


@pytest.mark.parametrize("make", [multi, single])
def test_a_text_without_labels_learns_from_teachers_alone(make: type) -> None:
    scores = torch.tensor([[1.0, -2.0], [0.5, 0.1], [-1.0, 2.0]])
    teacher = [[0.2, 0.7], [1.0, -1.0], [3.0, 0.0]]
    loss = make(0.3)
    mixed = float(loss(scores, targets([[1, 0]], teacher)))
    alone = [
        float(loss(scores[:1], targets([[1, 0]], teacher[:1]))),
        float(loss(scores[1:2], targets([], teacher[1:2]))),
        float(loss(scores[2:], targets([], teacher[2:]))),
    ]
    assert mixed == pytest.approx(sum(alone) / 3)
    assert alone[1] == pytest.approx(float(make(1.0)(scores[1:2], targets([[1, 0]], teacher[1:2]))))


@pytest.mark.parametrize("make", [multi, single])
@pytest.mark.parametrize("labels", [[], [[1, 0]]])
def test_gradients_lead_to_the_teacher_and_vanish_there(make: type, labels: list) -> None:
    teacher = [[2.0, -1.0]]
    scores = torch.zeros(1, 2, requires_grad=True)
    make(1.0, 2.0)(scores, targets(labels, teacher)).backward()
    assert scores.grad[0, 0] < 0 < scores.grad[0, 1]  # a step down raises the first
    there = torch.tensor(teacher, requires_grad=True)
    make(1.0, 2.0)(there, targets(labels, teacher)).backward()
    np.testing.assert_allclose(there.grad, 0.0, atol=1e-6)


def test_gradients_of_a_batch_without_labels_are_finite() -> None:
    scores = torch.zeros(2, 2, requires_grad=True)
    multi(0.5)(scores, targets([[1, 0]], [[1.0, 0.0], [2.0, 0.0]])).backward()
    assert torch.isfinite(scores.grad).all()


@pytest.mark.parametrize("make", [multi, single])
def test_extreme_scores_and_half_precision(make: type) -> None:
    scores = torch.tensor([[300.0, -300.0], [-300.0, 300.0]], dtype=torch.float16)
    found = make(0.5)(scores, targets([[0, 1]], [[-80.0, 80.0], [80.0, -80.0]]).half())
    assert found.dtype == torch.float32
    assert float(found) == pytest.approx(300.0 if make is multi else 600.0, rel=1e-3)

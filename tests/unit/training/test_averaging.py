from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from emoscope.training.averaging import WeightAverage  # noqa: E402


def one_weight(value: float = 0.0):
    model = torch.nn.Linear(1, 1, bias=False)
    set_weight(model, value)
    return model


def set_weight(model, value: float) -> None:
    with torch.no_grad():
        model.weight.fill_(value)


def test_average_by_hand():
    model = one_weight(0.0)
    average = WeightAverage(model, decay=0.15)
    set_weight(model, 1.0)
    average.update()  # decay min(0.15, 1/10): 0.1 x 0 + 0.9 x 1
    with average.applied():
        assert model.weight.item() == pytest.approx(0.9)
    average.update()  # decay min(0.15, 2/11): 0.15 x 0.9 + 0.85 x 1
    with average.applied():
        assert model.weight.item() == pytest.approx(0.985)
    assert model.weight.item() == 1.0, "the model's own weights are back"


def test_own_weights_come_back_after_a_failure():
    model = one_weight(3.0)
    average = WeightAverage(model, decay=0.9)
    with pytest.raises(KeyError), average.applied():
        raise KeyError
    assert model.weight.item() == 3.0


def test_frozen_weights_are_left_alone():
    model = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Linear(1, 1))
    model[0].requires_grad_(False)
    average = WeightAverage(model, decay=0.9)
    set_weight(model[0], 5.0)
    with average.applied():
        assert model[0].weight.item() == 5.0


def test_saved_and_loaded_it_goes_on_as_before(tmp_path):
    model = one_weight(0.0)
    average = WeightAverage(model, decay=0.99)
    for value in (1.0, 2.0):
        set_weight(model, value)
        average.update()
    average.save(tmp_path)
    other = WeightAverage(model, decay=0.99)
    other.load(tmp_path)
    assert other.updates == 2
    for each in (average, other):
        each.update()
    with average.applied():
        expected = model.weight.item()
    with other.applied():
        assert model.weight.item() == expected

from __future__ import annotations

import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from emoscope.training.state_files import (  # noqa: E402
    load_json,
    load_optimiser,
    load_random,
    random_state,
    restore_random_state,
    save_json,
    save_optimiser,
    save_random,
)


def model_and_optimiser():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    groups = [
        {"params": [model.weight], "lr": 0.1, "weight_decay": 0.5},
        {"params": [model.bias], "lr": 0.2},
    ]
    return model, torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)


def step(model, optimiser) -> None:
    optimiser.zero_grad()
    model(torch.ones(1, 3)).square().sum().backward()
    optimiser.step()


def test_an_optimiser_goes_on_as_if_nothing_had_happened(tmp_path):
    model, optimiser = model_and_optimiser()
    step(model, optimiser)
    step(model, optimiser)
    optimiser.param_groups[0]["lr"] = 0.07
    save_optimiser(optimiser, tmp_path)
    weights = {k: v.clone() for k, v in model.state_dict().items()}
    step(model, optimiser)

    other, other_optimiser = model_and_optimiser()
    other.load_state_dict(weights)
    load_optimiser(other_optimiser, tmp_path)
    assert other_optimiser.param_groups[0]["lr"] == 0.07
    assert other_optimiser.param_groups[1]["betas"] == (0.9, 0.98)
    step(other, other_optimiser)
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def draw() -> tuple[float, float, float, float]:
    return (
        random.random(), random.gauss(0, 1), float(np.random.standard_normal()),  # noqa: NPY002
        torch.rand(1).item(),
    )  # fmt: skip


def test_generators_go_on_as_if_nothing_had_happened(tmp_path):
    kept = random_state()
    try:
        draw()  # leaves half a pair of normal numbers in python's and in numpy's generator
        save_random([random_state()], tmp_path)
        expected = [draw(), draw()]
        draw()
        restore_random_state(load_random(tmp_path, 0))
        assert [draw(), draw()] == expected
    finally:
        restore_random_state(kept)


def test_each_process_has_its_own_generators(tmp_path):
    kept = random_state()
    try:
        torch.manual_seed(1)
        first = random_state()
        torch.manual_seed(2)
        save_random([first, random_state()], tmp_path)
    finally:
        restore_random_state(kept)
    one, two = load_random(tmp_path, 0), load_random(tmp_path, 1)
    assert torch.equal(one["torch"], first["torch"])
    assert not torch.equal(one["torch"], two["torch"])
    assert load_random(tmp_path, 2) == {}, "a run that had fewer processes"


def test_json(tmp_path):
    assert load_json(tmp_path / "none.json") == {}
    save_json({"last_epoch": 3, "base_lrs": [0.1]}, tmp_path / "schedule.json")
    assert load_json(tmp_path / "schedule.json") == {"last_epoch": 3, "base_lrs": [0.1]}

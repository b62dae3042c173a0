"""What a run needs to go on: optimiser, schedule, loss scale, random numbers.

The Trainer pickles these. A pickle can run code when it is opened, so ours are safetensors and
JSON.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

OPTIMISER = "optimizer.safetensors"
RANDOM = "random.safetensors"
SCHEDULE = "schedule.json"
SCALER = "loss_scale.json"


def save_optimiser(optimiser: Any, folder: Path) -> None:
    """Write an optimiser's state: tensors as ``<parameter>.<name>``, groups in the header."""
    state = optimiser.state_dict()
    tensors = {
        f"{parameter}.{name}": torch.as_tensor(value).contiguous()
        for parameter, values in state["state"].items()
        for name, value in values.items()
    }
    groups = json.dumps(state["param_groups"])
    save_file(tensors, folder / OPTIMISER, metadata={"param_groups": groups})


def load_optimiser(optimiser: Any, folder: Path) -> None:
    """Inverse of :func:`save_optimiser`; raises ValueError for another optimiser's state."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    with safe_open(folder / OPTIMISER, framework="pt") as file:
        groups = json.loads(file.metadata()["param_groups"])
        for key in file.keys():  # noqa: SIM118  (a safetensors file, not a dict)
            parameter, name = key.split(".", 1)
            state.setdefault(int(parameter), {})[name] = file.get_tensor(key)
    for group in groups:
        group["betas"] = tuple(group["betas"])
    optimiser.load_state_dict({"state": state, "param_groups": groups})


def save_json(values: Mapping[str, Any], path: Path) -> None:
    """Write plain values."""
    path.write_text(json.dumps(dict(values)), encoding="utf-8")


def load_json(path: Path) -> dict[str, Any]:
    """Read plain values; empty when there is no file."""
    if not path.is_file():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def random_state() -> dict[str, torch.Tensor]:
    """The state of every generator that training draws from, in this process."""
    _, python, gauss = random.getstate()
    # transformers and others draw from the legacy generator, so its state it is
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002
    if not isinstance(numpy_state, dict):
        raise TypeError(f"numpy gave its random state as {type(numpy_state).__name__}")
    inner = numpy_state["state"]
    state = {
        "python": torch.tensor(python, dtype=torch.int64),
        "python_gauss": torch.tensor([] if gauss is None else [gauss], dtype=torch.float64),
        "numpy": torch.from_numpy(np.asarray(inner["key"], dtype=np.int64)),
        "numpy_position": torch.tensor([inner["pos"], numpy_state["has_gauss"]]),
        "numpy_gauss": torch.tensor([numpy_state["gauss"]], dtype=torch.float64),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def restore_random_state(state: Mapping[str, torch.Tensor]) -> None:
    """Inverse of :func:`random_state`."""
    gauss = state["python_gauss"].tolist()
    random.setstate((3, tuple(state["python"].tolist()), gauss[0] if gauss else None))
    position, has_gauss = state["numpy_position"].tolist()
    np.random.set_state(  # noqa: NPY002
        {
            "bit_generator": "MT19937",
            "state": {"key": state["numpy"].numpy().astype(np.uint32), "pos": position},
            "has_gauss": has_gauss,
            "gauss": float(state["numpy_gauss"][0]),
        }
    )
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])


def save_random(states: list[dict[str, torch.Tensor]], folder: Path) -> None:
    """Write the random states of all processes, in order of rank."""
    tensors = {f"{rank}.{k}": t for rank, state in enumerate(states) for k, t in state.items()}
    save_file(tensors, folder / RANDOM)


def load_random(folder: Path, rank: int) -> dict[str, torch.Tensor]:
    """Read the random state of one process; empty when the run had fewer processes."""
    prefix = f"{rank}."
    every = load_file(folder / RANDOM)
    return {k.removeprefix(prefix): t for k, t in every.items() if k.startswith(prefix)}

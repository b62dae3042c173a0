from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emoscope.decisions import Calibration, Policy, read_policy
from emoscope.errors import ModelFolderError

LABELS = ("anger", "joy", "neutral")


def make(**changes: Any) -> Policy:
    parts: dict[str, Any] = {
        "task": "multi_label",
        "labels": LABELS,
        "calibration": Calibration("platt", np.array([1.0, 2.0, 1.0]), np.array([0.0, -1.0, 0.0])),
        "thresholds": np.array([0.5, 0.3, 0.9]),
        "fallback": "none",
        "method": "raw",
        "fitted_on": {"split": "validation", "n_texts": 12},
    }
    return Policy(**(parts | changes))


def test_json_keeps_every_bit() -> None:
    policy = make(thresholds=np.array([0.1, 1 / 3, 0.7]), rollups={"mood": make()})
    again = read_policy(json.loads(json.dumps(policy.to_json())))
    assert again.to_json() == policy.to_json()
    assert again.thresholds.tobytes() == policy.thresholds.tobytes()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("thresholds", [0.5], "3 labels needs as many finite thresholds"),
        ("thresholds", ["a", "b", "c"], "list of numbers"),
        ("thresholds", [0.5, 0.5, 2.0], "from 0 to 1"),
        ("calibration", {"kind": "platt", "slope": [1.0]}, "lacks offset"),
        ("method", "magic", "one of"),
        ("top_k", 1.5, "whole number"),
        ("rollups", {"mood": {}}, r"policy\.rollups\.mood lacks"),
    ],
)
def test_broken_json_is_named(key: str, value: Any, message: str) -> None:
    with pytest.raises(ModelFolderError, match=message):
        read_policy(make().to_json() | {key: value})


def test_unknown_json_key_names_the_nearest() -> None:
    with pytest.raises(ModelFolderError, match="Did you mean 'thresholds'"):
        read_policy(make().to_json() | {"treshold": 1})


def test_the_key_of_older_folders_is_read() -> None:
    rows = [{"calibration": "platt", "thresholds": "raw", "fallback": "top", "macro_f1": 0.4}]
    about = {"options": {"fallback": "auto"}, "candidates": rows}
    policy = make(fallback="top", fitted_on=about, rollups={"mood": make(fallback="neutral")})
    old = json.loads(json.dumps(policy.to_json()).replace('"fallback"', '"when_empty"'))
    again = read_policy(old)
    assert again.to_json() == policy.to_json()
    assert again.held_out["macro_f1"] == 0.4
    with pytest.raises(ModelFolderError, match="unknown key 'when_empty'"):
        read_policy(policy.to_json() | {"when_empty": "none"})


def test_something_else_than_a_table_is_named() -> None:
    with pytest.raises(ModelFolderError, match="must be a table"):
        read_policy([1, 2])  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float64, 3, elements=st.floats(1e-300, 1e300)),
    arrays(np.float64, 3, elements=st.floats(-1e300, 1e300)),
    arrays(np.float64, 3, elements=st.floats(0, 1)),
)
def test_every_float_survives(
    slope: npt.NDArray[np.float64],
    offset: npt.NDArray[np.float64],
    thresholds: npt.NDArray[np.float64],
) -> None:
    policy = make(calibration=Calibration("platt", slope, offset), thresholds=thresholds)
    again = read_policy(json.loads(json.dumps(policy.to_json(), allow_nan=False)))
    assert again.calibration.slope.tobytes() == slope.tobytes()
    assert again.calibration.offset.tobytes() == offset.tobytes()
    assert again.thresholds.tobytes() == thresholds.tobytes()

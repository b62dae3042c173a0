from __future__ import annotations

import contextlib
import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emoscope.decisions import read_policy
from emoscope.errors import ModelFolderError
from emoscope.model_folder.manifest_values import checked_values

WHOLE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "tiny_encoder" / "emoscope.json").read_bytes()
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where each value of nested lists and objects stands."""
    found = [here] if here else []
    if isinstance(value, dict):
        inner: list[Any] = list(value)
    else:
        inner = list(range(min(2, len(value)))) if isinstance(value, list) else []
    for key in inner:
        found += paths(value[key], (*here, key))
    return found


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(paths(WHOLE)), ANYTHING | st.just("drop"))
@example(("max_length",), float("nan"))
@example(("taxonomy", "labels", 0), "\ud800")
@example(("format_version",), True)
def test_whatever_a_manifest_says_is_read_or_refused(path: tuple[Any, ...], value: object) -> None:
    data = copy.deepcopy(WHOLE)
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    if value == "drop":
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with contextlib.suppress(ModelFolderError):
        read_policy(checked_values(data, "emoscope.json")["policy"])


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_whatever_lies_in_its_place_is_refused(data: object) -> None:
    with pytest.raises(ModelFolderError):
        checked_values(data, "emoscope.json")


def test_a_manifest_without_what_is_optional() -> None:
    data = {key: WHOLE[key] for key in ("kind", "task", "taxonomy", "policy", "files")}
    assert "metrics" not in checked_values({**data, "format_version": 1}, "here")


def test_thousands_of_labels_take_no_time() -> None:
    labels = [f"label {i}" for i in range(9_000)]
    taxonomy = {"name": "many", "labels": labels, "rollups": {"all": dict.fromkeys(labels, "one")}}
    data = {**WHOLE, "taxonomy": taxonomy, "labels": labels}
    start = time.perf_counter()
    assert len(checked_values(data, "here")["taxonomy"]) == 9_000
    assert time.perf_counter() - start < 1.0


@pytest.mark.parametrize(
    "metrics",
    [[], {"headline": []}, {"headline": {"f1": "x"}}, {"headline": {"f1": True}}, {"split": 3},
     {"intervals": {"f1": 3}}, {"intervals": {"f1": [1]}}, {"headline": {"f1": 10**400}}],
)  # fmt: skip
def test_metrics_that_cannot_be_shown(metrics: object) -> None:
    with pytest.raises(ModelFolderError, match="metrics is"):
        checked_values({**WHOLE, "metrics": metrics}, "here")

"""Reading a policy from plain data, trusting none of it.

Model folders of earlier versions call the key ``fallback`` ``when_empty``; both are read.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from emoscope.arrays import Floats
from emoscope.decisions.calibration import Calibration
from emoscope.decisions.options import CALIBRATION_KINDS, FALLBACKS, THRESHOLD_METHODS
from emoscope.decisions.policy import Policy
from emoscope.errors import DecisionError, ModelFolderError, listing, nearest
from emoscope.taxonomy import Task

_KEYS = (
    "task", "labels", "calibration", "thresholds", "fallback", "method", "top_k", "fitted_on",
    "rollups",
)  # fmt: skip
_METHODS = (*THRESHOLD_METHODS, "argmax", "union")


def read_policy(data: Mapping[str, Any], where: str = "policy") -> Policy:
    """Build a policy; ``where`` names the place in messages.

    Raises :class:`ModelFolderError` for missing or unknown keys, wrong types and wrong lengths.
    """
    data = _with_fallback(data)
    _check_keys(data, _KEYS, where)
    _check_keys(data["calibration"], ("kind", "slope", "offset"), f"{where}.calibration")
    labels = data["labels"]
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise _broken(f"{where}.labels", labels, "a list of names")
    top_k = data["top_k"]
    if top_k is not None and (isinstance(top_k, bool) or not isinstance(top_k, int)):
        raise _broken(f"{where}.top_k", top_k, "null or a whole number")
    kind = _one_of(data["calibration"]["kind"], CALIBRATION_KINDS, f"{where}.calibration.kind")
    rollups, fitted_on = data["rollups"], data["fitted_on"]
    for name, value in (("rollups", rollups), ("fitted_on", fitted_on)):
        if not isinstance(value, Mapping):
            raise _broken(f"{where}.{name}", value, "a table")
    if rollups and where != "policy":
        raise _broken(f"{where}.rollups", rollups, "empty: rolled-up labels have no roll-ups")
    try:
        return Policy(
            task=_one_of(data["task"], get_args(Task), f"{where}.task"),
            labels=tuple(labels),
            calibration=Calibration(
                kind,
                _numbers(data["calibration"]["slope"], f"{where}.calibration.slope"),
                _numbers(data["calibration"]["offset"], f"{where}.calibration.offset"),
            ),
            thresholds=_numbers(data["thresholds"], f"{where}.thresholds"),
            fallback=_one_of(data["fallback"], FALLBACKS, f"{where}.fallback"),
            method=_one_of(data["method"], _METHODS, f"{where}.method"),
            top_k=top_k,
            fitted_on=_provenance(fitted_on),
            rollups={
                str(name): read_policy(policy, f"{where}.rollups.{str(name)[:60]}")
                for name, policy in rollups.items()
            },
        )
    except DecisionError as error:
        raise ModelFolderError(f"The saved {where} cannot be used. {error}") from error


def _with_fallback(table: Any) -> Any:
    """``table`` with the key that older folders call ``when_empty`` under its name of today."""
    if not isinstance(table, Mapping) or "when_empty" not in table or "fallback" in table:
        return table
    return {"fallback" if key == "when_empty" else key: value for key, value in table.items()}


def _provenance(fitted_on: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(fitted_on)
    if "options" in found:
        found["options"] = _with_fallback(found["options"])
    if isinstance(found.get("candidates"), list):
        found["candidates"] = [_with_fallback(row) for row in found["candidates"]]
    return found


def _check_keys(data: object, keys: tuple[str, ...], where: str) -> None:
    if not isinstance(data, Mapping):
        raise _broken(where, data, "a table")
    missing = [key for key in keys if key not in data]
    unknown = [str(key)[:60] for key in data if key not in keys]
    if missing:
        raise ModelFolderError(
            f"The saved {where} lacks {listing(missing)}. "
            "The model folder is incomplete: train, export or download it again."
        )
    if unknown:
        raise ModelFolderError(
            f"The saved {where} has the unknown key {unknown[0]!r}. {nearest(unknown[0], keys)}"
            "It may come from a newer emoscope: update, or train the model again."
        )


def _numbers(values: object, where: str) -> Floats:
    if not isinstance(values, list) or not all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in values
    ):
        raise _broken(where, values, "a list of numbers")
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError as error:  # a whole number of more than 1,024 bits
        raise _broken(where, values, "a list of numbers below 1e308") from error


def _one_of(value: object, known: tuple[str, ...], where: str) -> Any:
    if value not in known:
        raise _broken(where, value, f"one of {listing(known)}")
    return value


def _broken(where: str, value: object, wanted: str) -> ModelFolderError:
    return ModelFolderError(
        f"The saved {where} is {reprlib.repr(value)}, but must be {wanted}. "
        "The model folder is damaged: train, export or download it again."
    )

"""How scores become labels: activation, calibration, thresholds, policy. Needs numpy only."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from emoscope.decisions.calibration import Calibration
from emoscope.decisions.labelled_scores import LabelledScores
from emoscope.decisions.options import PolicyOptions
from emoscope.decisions.policy import Policy, plain_policy
from emoscope.decisions.policy_json import read_policy

if TYPE_CHECKING:
    from emoscope.decisions.fit import fit_policy
    from emoscope.decisions.rollup import fit_rollup_policies

# fitting is imported at first use: `emoscope predict`, which only decides, starts sooner
_FITTING = {
    "fit_policy": "emoscope.decisions.fit",
    "fit_rollup_policies": "emoscope.decisions.rollup",
}

__all__ = [
    "Calibration",
    "LabelledScores",
    "Policy",
    "PolicyOptions",
    "fit_policy",
    "fit_rollup_policies",
    "plain_policy",
    "read_policy",
]


def __getattr__(name: str) -> Any:
    if name in _FITTING:
        return getattr(importlib.import_module(_FITTING[name]), name)
    raise AttributeError(f"module 'emoscope.decisions' has no attribute {name!r}")

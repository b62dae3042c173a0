"""How scores become labels: activation, calibration, thresholds, policy. Needs numpy only."""

from __future__ import annotations

from emoscope.decisions.calibration import Calibration
from emoscope.decisions.fit import fit_policy
from emoscope.decisions.options import PolicyOptions
from emoscope.decisions.policy import Policy, plain_policy
from emoscope.decisions.rollup import fit_rollup_policies

__all__ = [
    "Calibration",
    "Policy",
    "PolicyOptions",
    "fit_policy",
    "fit_rollup_policies",
    "plain_policy",
]

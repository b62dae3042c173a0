from __future__ import annotations

from typing import Any

import pytest

from emoscope.decisions import PolicyOptions
from emoscope.errors import DecisionError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"thresholds": "plugin"}, "Did you mean 'plug_in'"),
        ({"calibration": "plat"}, "Did you mean 'platt'"),
        ({"fallback": "natural"}, "Did you mean 'neutral'"),
        ({"objective": "f1"}, "macro_f1, micro_f1"),
        ({"fixed": 1.2}, "from 0 to 1"),
        ({"fixed": float("nan")}, "from 0 to 1"),
        ({"folds": 1}, "at least 2"),
        ({"repeats": 0}, "at least 1"),
        ({"seed": -1}, "at least 0"),
        ({"folds": 2.5}, "whole number"),
        ({"folds": True}, "whole number"),
    ],
)
def test_impossible_options(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DecisionError, match=message):
        PolicyOptions(**changes)


def test_defaults_let_cross_validation_decide() -> None:
    options = PolicyOptions()
    assert (options.calibration, options.thresholds, options.fallback) == ("auto",) * 3

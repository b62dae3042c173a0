"""How a recipe was selected, in the sentence that stands beside its test score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emoscope.metrics.formatting import count, number
from emoscope.metrics.names import METRIC_NAMES


def selection_sentence(selection: Mapping[str, Any]) -> str:
    """A sentence on a recipe's ``[selection]`` table; empty for an empty one."""
    if not selection:
        return ""
    metric = METRIC_NAMES.get(selection["metric"], selection["metric"])
    return (
        f"The recipe is the best of {count(selection['trials'], 'trial')} on validation, which "
        f"scored it {count(selection['evaluations'], 'time')} (best {metric} there "
        f"{number(selection['value'], 4)}); test had no part in it."
    )
